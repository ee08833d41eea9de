/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/filestat.h"
#include "base/num.h"
#include "base/self.h"
#include "describe/proc.h"

static struct {
	int fd; /* /proc/self, O_PATH */
	pid_t pid;
	uint64_t ino;
} proc = { .fd = -1 };

void
proc_forget(void)
{
	if (proc.fd != -1)
		(void)close(proc.fd);
	proc.fd = -1;
}

int
proc_directory(void)
{
	struct file_stat st;
	int fd, above;

	if (proc.fd != -1 && proc.pid == self_pid())
		return proc.fd;
	proc_forget();
	fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fd <= 2) {
		above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		(void)close(fd);
		if (above == -1)
			return -1;
		fd = above;
	}
	proc.fd = fd;
	proc.pid = self_pid();
	proc.ino = file_stat(fd, &st) == 0 ? st.ino : 0;
	return fd;
}

int
proc_stat_path(const char *path, struct file_stat *st)
{
	int at = proc_directory();

	return at == -1 ? -1 : file_stat_at(at, path, st);
}

/*
 * True if the directory that is kept is not ours any more, so that a second try makes sense: somebody closed the
 * number, and it may be somebody else's descriptor by now.
 */
static bool
proc_is_stale(void)
{
	int err = errno;
	struct file_stat st;
	bool stale = file_stat(proc.fd, &st) == -1 || st.ino != proc.ino;

	if (stale)
		proc.fd = -1;
	errno = err;
	return stale;
}

ssize_t
proc_readlink(int fd, char *buffer, size_t size)
{
	char path[40];
	ssize_t n;
	int at, tries;

	(void)num_write(path, "fd/", (unsigned int)fd, 10, 1);
	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			break;
		if ((n = readlinkat(at, path, buffer, size)) != -1 || !proc_is_stale())
			return n;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, buffer, size);
}

int
proc_open(const char *path)
{
	char whole[64];
	int at, tries, above, fd = -1;

	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			return -1;
		if ((fd = openat(at, path, O_RDONLY | O_CLOEXEC)) != -1 || !proc_is_stale())
			break;
	}
	/* Where no number is left, the one that is kept serves instead. */
	if (fd == -1 && errno == EMFILE) {
		proc_forget();
		(void)snprintf(whole, sizeof(whole), "/proc/self/%s", path);
		fd = open(whole, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1 || fd > 2)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	return above;
}
