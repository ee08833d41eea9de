/* SPDX-License-Identifier: ISC */
/* Reference program: the minimal hand-over of ref_handover, but listening on a path. ref_listen PATH COMMAND... */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char data[64];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	(void)argc;
	strcpy(address.sun_path, argv[1]);
	bind(listening, (struct sockaddr *)&address, sizeof(address));
	listen(listening, 8);
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC);
	unlink(argv[1]);
	dup2(*(int *)CMSG_DATA(&control.align), 3);
	execv(argv[2], argv + 2);
	return 1;
}
