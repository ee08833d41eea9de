/* SPDX-License-Identifier: ISC */
/*
 * Reference program: the minimal hand-over. Receives one message from descriptor 0, moves its descriptor to 3, and
 * executes the command. ref_handover COMMAND...
 */
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char data[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	(void)argc;
	recvmsg(0, &hdr, MSG_CMSG_CLOEXEC);
	dup2(*(int *)CMSG_DATA(&control.align) == 3 ? dup(3) : *(int *)CMSG_DATA(&control.align), 3);
	execv(argv[1], argv + 1);
	return 1;
}
