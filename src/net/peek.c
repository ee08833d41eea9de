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
 * Fails only for lack of something that may be there a moment later; left on, every message would have a time.
 * qemu-user does not know SO_TIMESTAMPNS.
 */
static void
stamps_set(int fd, int on)
{
	int tries = 3;

	while (tries-- > 0 && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == -1)
		;
}

/*
 * Only a message has a time of arrival, even if it was sent before anyone asked for it: unix(7)'s queue is stamped when it
 * is read. An end of file has none.
 */
int
peek_message(int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int64_t))]; /* the time alone: no descriptor fits behind it */
	} control;
	bool asked = option_get(fd, SO_TIMESTAMP) != 0 || option_get(fd, SO_TIMESTAMPNS) != 0;
	struct iovec nothing = { NULL, 0 }; /* with no buffer at all qemu-user makes no call */
	struct msghdr hdr;
	int tries = 2, err; /* a lack of something may be over at once */
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
