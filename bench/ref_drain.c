/* SPDX-License-Identifier: ISC */
/*
 * Reference program: receives messages from descriptor 0 until end of file, and closes the descriptor in each message.
 */
#include <sys/socket.h>
#include <unistd.h>

int
main(void)
{
	static char data[262144];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };

	do {
		hdr.msg_controllen = sizeof(control);
		if (recvmsg(0, &hdr, MSG_CMSG_CLOEXEC) <= 0)
			return 0;
	} while (hdr.msg_controllen == 0 || close(*(int *)CMSG_DATA(&control.align)) == 0);
	return 1;
}
