/* SPDX-License-Identifier: ISC */
/*
 * Closes descriptors from untrusted peers. A close can block, for example if a file server does not respond or if a
 * socket lingers. If the relay's own process made a close that blocks, all connections would be delayed. Therefore,
 * helper_close() closes the descriptors whose close may block.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/filestat.h"
#include "base/no_auto_init.h"
#include "lib/fdpass.h"
#include "lib/internal.h"
#include "net/discard.h"
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

/*
 * Returns true if closing the last copy of the socket may block, because the socket lingers (SO_LINGER) or because its
 * receive queue may contain a lingering socket.
 */
static bool
socket_may_wait(int fd)
{
	struct linger linger;
	socklen_t size = sizeof(linger);

	if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) == -1 || linger.l_onoff != 0)
		return true;
	if (fdp_sock_option(fd, SO_DOMAIN) != AF_UNIX)
		return false;
	/* cppcheck-suppress nullPointer ; recv(2) takes NULL for no bytes */
	return recv(fd, NULL, 0, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN;
}

/*
 * Returns true if closing FD may block. The receiver has just received a copy of FD, so FD is rarely the last copy.
 * However, the kernel notifies some file systems of every close, and the receiver may already have closed its copy. The
 * relay calls copy_may_wait() for each descriptor, and for most descriptors copy_may_wait() makes only one system call.
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
		return socket_may_wait(fd);
	case S_IFREG:
	case S_IFDIR:
		/* Closing a file on an in-memory file system or on a block device does not block. */
		if (st.dev_major != 0 ||
		    (l->memory_known && st.dev_major == l->memory_major && st.dev_minor == l->memory_minor))
			return false;
		break;
	case S_IFCHR:
		/*
		 * The major numbers (from Linux's devices.txt) of memory devices, terminals and pseudo-terminals. The
		 * drivers of these devices do nothing when a copy of a descriptor is closed.
		 */
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
	int slow[FDPASS_MAX_FDS];
	size_t i, slow_count = 0;
	int err = errno;

	for (i = 0; i < count; i++) {
		if (!copy_may_wait(l, fds[i])) {
			(void)close(fds[i]);
			continue;
		}
		slow[slow_count++] = fds[i];
		if (slow_count == FDPASS_MAX_FDS) {
			close_received(slow, slow_count);
			slow_count = 0;
		}
	}
	close_received(slow, slow_count);
	errno = err;
}

void
close_message(struct loop *l, bool forwarded)
{
	int fds[FDPASS_MAX_FDS];
	size_t i, count = 0;
	int err = errno;

	for (i = 0; i < fdpass_msg_fd_count(l->msg); i++) {
		fds[count] = fdpass_msg_take_fd(l->msg, i);
		if (fds[count] != -1)
			count++;
	}
	if (forwarded)
		close_copies(l, fds, count);
	else
		close_received(fds, count);
	fdpass_msg_done(l->msg);
	errno = err;
}

void
close_socket(int fd, bool drained)
{
	int err = errno;

	if (drained)
		(void)close(fd);
	else
		socket_discard(fd);
	errno = err;
}
