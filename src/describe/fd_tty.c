/* SPDX-License-Identifier: ISC */
/* Terminals: those that are real, and the two ends of a pseudo-terminal. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "describe/kind.h"

/* Majors of which every minor is a terminal, or some are (Documentation/admin-guide/devices.txt). */
#define MAJOR_TTY	4   /* consoles and serial lines */
#define MAJOR_TTY_ALIAS 5   /* 0 tty, 1 console, 2 ptmx */
#define MAJOR_PTS	136 /* to 143 */
#define MAJOR_PTS_LAST	143
#define MINORS_PTS	256

struct tty_answers {
	int fd;
	bool has_window;
	struct winsize window;
};

_Static_assert(sizeof(struct tty_answers) <= ANSWERS_SIZE, "answers have room");

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

/* Needs a lock that is held while somebody else's answer is written to memory of his. */
static void
query_window(void *answers)
{
	struct tty_answers *a = answers;

	a->has_window = ioctl(a->fd, TIOCGWINSZ, &a->window) == 0;
}

static void
describe_window(struct emit *e, const struct fd_more *more)
{
	const struct tty_answers *a = (const struct tty_answers *)(const void *)more->answers;
	bool sized = a->window.ws_col != 0 || a->window.ws_row != 0;

	describe_number(e, "columns", sized ? ", % columns" : NULL, a->has_window, a->window.ws_col);
	describe_number(e, "rows", sized ? ", % rows" : NULL, a->has_window, a->window.ws_row);
}

static void
describe_pty(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	bool master = is_master(f), known = !master;
	uint64_t number = known ? (uint64_t)(f->st.rdev_major - MAJOR_PTS) * MINORS_PTS + f->st.rdev_minor : 0;
	struct fdinfo_line line;
	char slave[40] = "";

	while (master && fdinfo_next(&more->info, &line))
		if (strcmp(line.key, "tty-index") == 0)
			known = fdinfo_number(line.value, 10, &number);
	if (known)
		(void)snprintf(slave, sizeof(slave), "/dev/pts/%llu", (unsigned long long)number);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "role", NULL, master ? "master" : "slave");
	describe_number(e, "number", NULL, known, number);
	emit_string(e, "slave", master ? ", its slave is %" : NULL, known ? slave : NULL);
	describe_window(e, more);
	emit_end(e, NULL);
}

static void
describe_tty(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%u:%u", f->st.rdev_major, f->st.rdev_minor);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "number", ", device number %", number);
	describe_window(e, more);
	emit_end(e, NULL);
}

const struct fd_kind kinds_tty[] = {
	{ .word = "pty",
	    .noun = "pseudo-terminal master",
	    .is = is_master,
	    .flags = KIND_PATH | KIND_INFO,
	    .query = query_window,
	    .describe = describe_pty },
	{ .word = "pty",
	    .noun = "pseudo-terminal slave",
	    .is = is_slave,
	    .flags = KIND_PATH,
	    .query = query_window,
	    .describe = describe_pty },
	{ .word = "tty",
	    .noun = "terminal",
	    .is = is_tty,
	    .flags = KIND_PATH,
	    .query = query_window,
	    .describe = describe_tty },
	{ 0 },
};
