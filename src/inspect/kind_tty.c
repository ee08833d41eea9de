/* SPDX-License-Identifier: ISC */
/* Terminals: consoles and serial lines, and both ends of a pseudo-terminal. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/helper.h"
#include "inspect/kind.h"
#include "inspect/proc.h"
#include "inspect/superblock.h"

/*
 * Major numbers of character devices (Documentation/admin-guide/devices.txt of Linux). Of these numbers, only MAJOR_TTY
 * is for terminals.
 */
#define MAJOR_MEM  1 /* /dev/null … */
#define MAJOR_TTY  4 /* consoles and serial lines */
#define MAJOR_MISC 10

static bool
is_character(const struct fd_facts *f)
{
	return f->has_stat && S_ISCHR(f->st.mode);
}

/*
 * Returns true for a pseudo-terminal slave. If a device file has a slave's major number but is not on a devpts, it can
 * be opened only with O_PATH.
 */
static bool
is_slave(const struct fd_facts *f)
{
	return is_character(f) && f->st.rdev_major >= TTY_MAJOR_PTS && f->st.rdev_major <= TTY_MAJOR_PTS_LAST &&
	    (f->access != ACCESS_PATH || superblock_magic(f->fd) == MAGIC_DEVPTS);
}

/*
 * Returns true if LINE of /proc/tty/drivers lists the device MAJOR:MINOR. An example of a line is "serial /dev/ttyS 4
 * 64-95 serial": name, beginning of the path, major number, minor numbers, type. Lines for pseudo-terminals are
 * ignored, because other rows of kinds_tty recognize them.
 */
static bool
driver_has(const char *line, uint32_t major, uint32_t minor)
{
	const char *path = strstr(line, " /dev/");
	unsigned int number, first, last;
	char type[16] = "";

	if (path == NULL)
		return false;
	if (sscanf(path, " %*s %u %u-%u %15s", &number, &first, &last, type) != 4) {
		if (sscanf(path, " %*s %u %u %15s", &number, &first, type) != 3)
			return false;
		last = first;
	}
	return number == major && minor >= first && minor <= last && strncmp(type, "pty", 3) != 0;
}

/*
 * Returns true if the device belongs to one of the terminal drivers that /proc/tty/drivers lists, for example to a
 * driver for USB adapters or virtual machines.
 */
static bool
is_listed(const struct fd_facts *f)
{
	char line[128];
	bool listed = false;
	int fd = proc_open("../tty/drivers");
	FILE *file = fd != -1 ? fdopen(fd, "r") : NULL;

	if (file == NULL) {
		if (fd != -1)
			(void)close(fd);
		return false;
	}
	while (!listed && fgets(line, sizeof(line), file) != NULL)
		listed = driver_has(line, f->st.rdev_major, f->st.rdev_minor);
	(void)fclose(file);
	return listed;
}

static bool
is_tty(const struct fd_facts *f)
{
	uint32_t major = f->st.rdev_major;

	if (!is_character(f) || major == MAJOR_MEM || major == MAJOR_MISC)
		return false;
	return major == MAJOR_TTY || (major == TTY_MAJOR_ALIAS && f->st.rdev_minor < TTY_MINOR_PTMX) || is_listed(f);
}

/*
 * Reads the window size. TIOCGWINSZ needs a lock. Another process can hold this lock indefinitely while one of its
 * ioctl(2) calls writes to memory that is not present yet.
 */
static void
query_window(void *answers)
{
	struct tty_facts *a = answers;

	a->has_window = ioctl(a->fd, TIOCGWINSZ, &a->window) == 0;
}

struct devpts_request {
	bool found;
	struct file_stat pts;
	char path[sizeof(((struct fd_facts *)NULL)->link)];
};

static void
query_devpts(void *arg)
{
	struct devpts_request *r = arg;

	r->found = file_stat_at(AT_FDCWD, r->path, &r->pts) == 0;
}

/*
 * Determines the devpts instance of a master whose device file, such as /dev/ptmx, is not on a devpts. The kernel uses
 * the devpts that is mounted at "pts" in the directory of the device file. A helper looks up the path, because the path
 * can be on a remote file system.
 */
static bool
devpts_next_to(const struct fd_facts *f, struct file_stat *pts)
{
	struct devpts_request r = { .found = false };
	const char *slash = memrchr(f->link, '/', f->link_length);

	if (strcmp(f->link, "/dev/ptmx") == 0)
		return file_stat_at(AT_FDCWD, "/dev/pts", pts) == 0;
	if (slash == NULL || (size_t)(slash - f->link) + sizeof("/pts") > sizeof(r.path))
		return false;
	memcpy(r.path, f->link, (size_t)(slash - f->link));
	memcpy(r.path + (slash - f->link), "/pts", sizeof("/pts"));
	if (helper_run(query_devpts, NULL, &r, sizeof(r)) == -1 || !r.found)
		return false;
	*pts = r.pts;
	return true;
}

static bool
on_same_device(const struct file_stat *a, const struct file_stat *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

/*
 * Determines whether the pseudo-terminal belongs to the devpts instance that is mounted at /dev/pts. The device file of
 * a slave is always on the slave's devpts. The device file of a master is on the master's devpts only if the process
 * that opened the master used the file "ptmx" of that devpts.
 */
static void
inspect_pty(const struct fd_facts *f, struct fd_details *d)
{
	struct tty_facts *tty = &d->as.tty;
	struct file_stat own, other;
	bool has_own = file_stat_at(AT_FDCWD, "/dev/pts", &own) == 0;
	bool on_devpts = !tty_is_master(f) || (d->filesystem != NULL && strcmp(d->filesystem, "devpts") == 0);

	if (on_devpts) {
		tty->devpts_known = true;
		tty->own_devpts = has_own && on_same_device(&own, &f->st);
	} else if (has_own && !d->foreign && !d->outside_root) {
		tty->devpts_known = devpts_next_to(f, &other);
		tty->own_devpts = tty->devpts_known && on_same_device(&own, &other);
	}
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
