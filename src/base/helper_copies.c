/* SPDX-License-Identifier: ISC */
/* Closes descriptors whose open file descriptions also have other descriptors that stay open. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/filestat.h"

/*
 * Returns true for devices whose drivers do nothing if a close is not the last one: memory devices, terminals and
 * pseudo-terminals (major numbers from Linux's devices.txt).
 */
static bool
is_plain_device(const struct file_stat *st)
{
	return st->rdev_major == 1 || st->rdev_major == 5 || (st->rdev_major >= 136 && st->rdev_major <= 143);
}

/*
 * Most file systems act only on the last close of a file. File systems that act on every close, such as NFS and FUSE,
 * can wait for a server in each close. These file systems have no block device, so their major device number is 0.
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
		if (helper_is_under_valgrind() || !helper_copy_may_wait(fds[i]))
			(void)close(fds[i]);
		else if (fcntl(fds[i], F_GETFD) != -1)
			helper_close_notified(&fds[i], 1);
	}
	errno = err;
}
