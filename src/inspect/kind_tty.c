/* SPDX-License-Identifier: ISC */
/* Terminals: consoles and serial lines, and both ends of a pseudo-terminal. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "inspect/kind.h"

/* Major numbers of which all or some minors are terminals (Documentation/admin-guide/devices.txt). */
#define MAJOR_TTY	4 /* consoles and serial lines */
#define MAJOR_TTY_ALIAS 5 /* 0 tty, 1 console, 2 ptmx */
#define MINOR_PTMX	2

static bool
is_character(const struct fd_facts *f)
{
	return f->has_stat && S_ISCHR(f->st.mode);
}

bool
tty_is_master(const struct fd_facts *f)
{
	return is_character(f) && f->st.rdev_major == MAJOR_TTY_ALIAS && f->st.rdev_minor == MINOR_PTMX;
}

static bool
is_slave(const struct fd_facts *f)
{
	return is_character(f) && f->st.rdev_major >= TTY_MAJOR_PTS && f->st.rdev_major <= TTY_MAJOR_PTS_LAST;
}

static bool
is_tty(const struct fd_facts *f)
{
	return is_character(f) &&
	    (f->st.rdev_major == MAJOR_TTY || (f->st.rdev_major == MAJOR_TTY_ALIAS && f->st.rdev_minor < MINOR_PTMX));
}

/*
 * Reads the window size. TIOCGWINSZ needs a lock that is held while an ioctl(2) of another process writes its result to
 * memory.
 */
static void
query_window(void *answers)
{
	struct tty_facts *a = answers;

	a->has_window = ioctl(a->fd, TIOCGWINSZ, &a->window) == 0;
}

/*
 * Finds out whether the pseudo-terminal belongs to the devpts at /dev/pts. The file of a slave is on its devpts, and so
 * is that of a master that was opened as /dev/pts/ptmx. A master that was opened as /dev/ptmx of this mount namespace
 * belongs to the devpts at /dev/pts.
 */
static void
inspect_pty(const struct fd_facts *f, struct fd_details *d)
{
	struct file_stat pts;
	bool same = file_stat_at(AT_FDCWD, "/dev/pts", &pts) == 0 && f->has_stat && pts.dev_major == f->st.dev_major &&
	    pts.dev_minor == f->st.dev_minor;

	d->as.tty.own_devpts = same || (tty_is_master(f) && !d->foreign && strcmp(f->link, "/dev/ptmx") == 0);
}

const struct fd_kind kinds_tty[] = {
	{ .word = "pty",
	    .noun = "pseudo-terminal master",
	    .is = tty_is_master,
	    .flags = KIND_PATH | KIND_INFO,
	    .id = FD_PTY,
	    .inspect = inspect_pty,
	    .query = query_window },
	{ .word = "pty",
	    .noun = "pseudo-terminal slave",
	    .is = is_slave,
	    .flags = KIND_FILE | KIND_PATH,
	    .id = FD_PTY,
	    .inspect = inspect_pty,
	    .query = query_window },
	{ .word = "tty",
	    .noun = "terminal",
	    .is = is_tty,
	    .flags = KIND_FILE | KIND_PATH,
	    .id = FD_TTY,
	    .query = query_window },
	{ 0 },
};
