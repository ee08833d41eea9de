/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "net/peek.h"

static int
option_get(int fd, int option)
{
	socklen_t length = sizeof(int);
	int value = 0;

	return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : 0;
}

/*
 * Fails only for a temporary lack of resources. The option must be switched off again, or every message would carry a
 * timestamp. qemu-user does not implement SO_TIMESTAMPNS.
 */
static void
stamps_set(int fd, int on)
{
	int tries = 3;

	while (tries-- > 0 && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == -1)
		;
}

/*
 * Only a message has a timestamp, even one that was sent before SO_TIMESTAMPNS was set: AF_UNIX takes the time on
 * receipt. An end of file has none.
 */
int
peek_message(int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int64_t))]; /* no descriptor fits after the timestamp */
	} control;
	bool asked = option_get(fd, SO_TIMESTAMP) != 0 || option_get(fd, SO_TIMESTAMPNS) != 0;
	struct iovec nothing = { NULL, 0 }; /* because qemu-user makes no call without a buffer */
	struct msghdr hdr;
	int tries = 2, err; /* a lack of resources may be temporary */
	ssize_t rc;

	if (!asked)
		stamps_set(fd, 1);
	do {
		memset(&hdr, 0, sizeof(hdr));
		hdr.msg_iov = &nothing;
		hdr.msg_iovlen = 1;
		hdr.msg_control = &control;
		hdr.msg_controllen = sizeof(control);
		rc = recvmsg(fd, &hdr, MSG_PEEK | MSG_DONTWAIT);
	} while (rc == -1 && (errno == EINTR || (errno != ECONNRESET && tries-- > 0)));
	err = errno;
	if (!asked)
		stamps_set(fd, 0);
	errno = err;
	return rc == -1 ? -1 : hdr.msg_controllen > 0;
}
