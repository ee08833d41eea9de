/* SPDX-License-Identifier: ISC */
/*
 * Letting go of strangers' descriptors. A close can wait for a file server that does not answer, or for a socket that
 * lingers, and everybody else would wait with it: those that may are closed aside.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/filestat.h"
#include "base/no_auto_init.h"
#include "lib/fdpass.h"
#include "inspect/fd.h"
#include "relay/internal.h"

void
close_learn(struct loop *l)
{
	struct file_stat st;
	int fd = memfd_create("fdpass", MFD_CLOEXEC);

	if (fd == -1)
		return;
	if (file_stat(fd, &st) == 0) {
		l->memory_major = st.dev_major;
		l->memory_minor = st.dev_minor;
		l->memory_known = true;
	}
	(void)close(fd);
}

static bool
socket_lingers(int fd)
{
	struct linger linger;
	socklen_t size = sizeof(linger);

	return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) == -1 || linger.l_onoff != 0;
}

/*
 * A copy was just handed on, so this is hardly the last one: only what is told of every close, and what is sure to wait at
 * the last, counts. This is asked for each descriptor, so it is one call for nearly all of them.
 */
static bool
copy_may_wait(const struct loop *l, int fd)
{
	NO_AUTO_INIT struct fd_facts facts;
	struct file_stat st;

	if (file_stat(fd, &st) == -1)
		return true;
	switch (st.mode & S_IFMT) {
	case S_IFSOCK:
		return socket_lingers(fd);
	case S_IFREG:
	case S_IFDIR:
		/* Memory, and file systems with a device of their own. */
		if (st.dev_major != 0 ||
		    (l->memory_known && st.dev_major == l->memory_major && st.dev_minor == l->memory_minor))
			return false;
		break;
	case S_IFCHR:
		/* Memory devices, terminals, pseudo-terminals (devices.txt of Linux). */
		if (st.rdev_major == 1 || st.rdev_major == 5 || (st.rdev_major >= 136 && st.rdev_major <= 143))
			return false;
		break;
	default:
		return false;
	}
	fd_probe(fd, &facts);
	return fd_close_may_block(&facts);
}

void
close_received(const int *fds, size_t count)
{
	if (count > 0)
		helper_close(fds, count);
}

void
close_copies(const struct loop *l, const int *fds, size_t count)
{
	int err = errno;
	size_t i;

	for (i = 0; i < count; i++)
		if (copy_may_wait(l, fds[i]))
			helper_close(&fds[i], 1);
		else
			(void)close(fds[i]);
	errno = err;
}

void
close_message(struct loop *l, bool handed_on)
{
	int fds[FDPASS_MAX_FDS];
	size_t i, count = 0;
	int err = errno;

	for (i = 0; i < fdpass_msg_fd_count(l->msg); i++) {
		fds[count] = fdpass_msg_take_fd(l->msg, i);
		if (fds[count] != -1)
			count++;
	}
	if (handed_on)
		close_copies(l, fds, count);
	else
		close_received(fds, count);
	fdpass_msg_done(l->msg);
	errno = err;
}

void
close_socket(const struct loop *l, int fd, bool drained)
{
	int queued = 1, err = errno;

	/* What is queued there has descriptors perhaps, and goes with it. */
	if (drained || (l->listen_endpoint.type == SOCK_STREAM && ioctl(fd, FIONREAD, &queued) == 0 && queued == 0))
		(void)close(fd);
	else
		helper_close(&fd, 1);
	errno = err;
}
