/* SPDX-License-Identifier: ISC */
/* Terminals: those that are real, and the two ends of a pseudo-terminal. */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <stdio.h>
#include <string.h>

#include "describe/kind.h"

/* Majors of devices.txt whose every minor is a terminal, or where it is said which are. */
#define MAJOR_TTY 4	 /* consoles and serial lines */
#define MAJOR_TTY_ALIAS 5 /* 0 tty, 1 console, 2 ptmx */
#define MAJOR_PTS 136	 /* to 143 */
#define MAJOR_PTS_LAST 143
#define MINORS_PTS 256

static bool
is_character(const struct fd_facts *f)
{
	return f->has_stat && S_ISCHR(f->st.mode);
}

static bool
is_master(const struct fd_facts *f)
{
	return is_character(f) && f->st.rdev_major == MAJOR_TTY_ALIAS && f->st.rdev_minor == 2;
}

static bool
is_slave(const struct fd_facts *f)
{
	return is_character(f) && f->st.rdev_major >= MAJOR_PTS && f->st.rdev_major <= MAJOR_PTS_LAST;
}

static bool
is_tty(const struct fd_facts *f)
{
	return is_character(f) &&
	    (f->st.rdev_major == MAJOR_TTY || (f->st.rdev_major == MAJOR_TTY_ALIAS && f->st.rdev_minor < 2));
}

static void
tell_window(struct emit *e, const struct fd_facts *f)
{
	struct winsize size = { 0 };
	bool known = f->access != ACCESS_PATH && ioctl(f->fd, TIOCGWINSZ, &size) == 0;

	tell_number(e, "columns", ", % columns", known, size.ws_col);
	tell_number(e, "rows", ", % rows", known, size.ws_row);
}

static void
tell_pty(struct emit *e, const struct fd_facts *f, struct fdinfo *info)
{
	bool master = is_master(f), known = !master;
	uint64_t number = known ? (uint64_t)(f->st.rdev_major - MAJOR_PTS) * MINORS_PTS + f->st.rdev_minor : 0;
	struct fdinfo_line line;
	char slave[40] = "";

	while (master && fdinfo_next(info, &line))
		if (strcmp(line.key, "tty-index") == 0)
			known = fdinfo_number(line.value, 10, &number);
	if (known)
		(void)snprintf(slave, sizeof(slave), "/dev/pts/%llu", (unsigned long long)number);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "role", NULL, master ? "master" : "slave");
	tell_number(e, "number", NULL, known, number);
	emit_string(e, "slave", master ? ", master of %" : NULL, known ? slave : NULL);
	tell_window(e, f);
	emit_end(e, NULL);
}

static void
tell_tty(struct emit *e, const struct fd_facts *f, struct fdinfo *info)
{
	char number[32];

	(void)info;
	(void)snprintf(number, sizeof(number), "%u:%u", f->st.rdev_major, f->st.rdev_minor);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "number", ", device number %", number);
	tell_window(e, f);
	emit_end(e, NULL);
}

const struct fd_kind kinds_tty[] = {
	{ "pty", "pseudo-terminal", NULL, is_master, KIND_PATH | KIND_INFO, NULL, tell_pty },
	{ "pty", "pseudo-terminal", NULL, is_slave, KIND_PATH, NULL, tell_pty },
	{ "tty", "terminal", NULL, is_tty, KIND_PATH, NULL, tell_tty },
	{ 0 },
};
