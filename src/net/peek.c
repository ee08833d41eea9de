/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/internal.h"
#include "net/peek.h"

/*
 * Enables or disables SO_TIMESTAMP. setsockopt(2) can fail only because of a temporary lack of resources. The option
 * must be disabled again, because otherwise recvmsg(2) would return a timestamp with every message. SO_TIMESTAMPNS is
 * not used, because qemu-user does not implement this option.
 */
static void
stamps_set(int fd, int on)
{
	int tries = 3;

	while (tries-- > 0 && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == -1)
		;
}

/*
 * Sets SO_TIMESTAMP and peeks: with a message, recvmsg(2) returns a timestamp, but with an end of file, it returns
 * none. A message that was sent before SO_TIMESTAMP was set also gets a timestamp, because AF_UNIX sockets create the
 * timestamp on receipt.
 */
int
peek_message(int fd)
{
	union {
		struct cmsghdr align;
		/* the timestamp fills the buffer, so that the kernel cannot install descriptors */
		char bytes[CMSG_SPACE(2 * sizeof(int64_t))];
	} control;
	bool requested = fdp_sock_option(fd, SO_TIMESTAMP) > 0 || fdp_sock_option(fd, SO_TIMESTAMPNS) > 0;
	struct iovec nothing = { NULL, 0 }; /* qemu-user makes no system call without a buffer */
	struct msghdr hdr;
	int tries = 2, err; /* number of retries if recvmsg(2) fails for lack of resources */
	ssize_t rc;

	if (!requested)
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
	if (!requested)
		stamps_set(fd, 0);
	errno = err;
	return rc == -1 ? -1 : hdr.msg_controllen > 0;
}
