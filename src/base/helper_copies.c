/* SPDX-License-Identifier: ISC */
/* Closing descriptors of which copies remain open. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/filestat.h"

/* Drivers that do nothing when a copy is closed: memory devices, terminals and pseudo-terminals (devices.txt). */
static bool
is_plain_device(const struct file_stat *st)
{
	return st->rdev_major == 1 || st->rdev_major == 5 || (st->rdev_major >= 136 && st->rdev_major <= 143);
}

/*
 * Most file systems act only at the last close of a file. Those that act at every close may wait for a remote server;
 * such file systems have no block device.
 */
bool
helper_copy_may_wait(int fd)
{
	struct file_stat st;

	if (file_stat(fd, &st) == -1)
		return true;
	if (S_ISREG(st.mode))
		return st.dev_major == 0;
	return S_ISCHR(st.mode) && !is_plain_device(&st);
}

void
helper_close_copies(const int *fds, size_t n)
{
	int err = errno;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!helper_copy_may_wait(fds[i]))
			(void)close(fds[i]);
		else if (fcntl(fds[i], F_GETFD) != -1)
			helper_close_copy(fds[i]);
	}
	errno = err;
}
