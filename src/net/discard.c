/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/helper.h"
#include "lib/fdpass.h"
#include "lib/internal.h"
#include "net/discard.h"
#include "net/peek.h"
#include "net/receive.h"

/*
 * Accepts and closes all queued connections. LISTENER must have been shut down, so that accept(2) on an empty queue
 * fails with EINVAL instead of blocking. Returns true if LISTENER's queue is empty.
 */
static bool
drain_connections(int listener)
{
	int batch[64], fd;
	size_t count;

	do {
		count = 0;
		do {
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC); /* cppcheck-suppress nullPointer */
			if (fd != -1)
				batch[count++] = fd;
		} while (fd != -1 && count < sizeof(batch) / sizeof(batch[0]));
		helper_close(batch, count);
	} while (fd != -1);
	return errno == EINVAL;
}

/* Receives all queued datagrams and closes their descriptors. Returns true if the queue is empty. */
static bool
drain_datagrams(int fd)
{
	struct fdpass_msg *msg = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	char byte;
	struct iovec iov = { &byte, 1 };
	int batch[FDPASS_MAX_FDS];
	size_t i, count;
	bool drained;

	while (msg != NULL && receive_message(fd, msg, &iov, 1, MSG_DONTWAIT, NULL) != -1) {
		for (i = count = 0; i < fdpass_msg_fd_count(msg) && count < FDPASS_MAX_FDS; i++)
			batch[count++] = fdpass_msg_take_fd(msg, i);
		helper_close(batch, count);
	}
	drained = msg != NULL && errno == EAGAIN;
	fdpass_msg_free(msg);
	return drained;
}

/*
 * Shuts down the receiving direction of FD and, for a listening or datagram socket, empties the queue. Returns true if
 * the queue is empty and stays empty, so that closing FD cannot block.
 */
static bool
is_drained(int fd)
{
	int type = fdp_sock_option(fd, SO_TYPE), queued;

	/* If shutdown(2) fails, the queue is not emptied, because accept(2) could block. */
	if (shutdown(fd, SHUT_RD) == -1)
		return false;
	if (fdp_sock_option(fd, SO_ACCEPTCONN) == 1)
		return drain_connections(fd);
	if (type == SOCK_DGRAM)
		return drain_datagrams(fd);
	if (type == SOCK_STREAM)
		return ioctl(fd, FIONREAD, &queued) == 0 && queued == 0;
	return peek_message(fd) == 0;
}

static bool
lingers(int fd)
{
	struct linger linger;
	socklen_t size = sizeof(linger);

	return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) == -1 || linger.l_onoff != 0;
}

void
socket_discard(int fd)
{
	int err = errno;

	if (fdp_sock_option(fd, SO_DOMAIN) == AF_UNIX ? is_drained(fd) : !lingers(fd))
		(void)close(fd);
	else
		helper_close(&fd, 1);
	errno = err;
}
