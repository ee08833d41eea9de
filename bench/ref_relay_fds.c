/* SPDX-License-Identifier: ISC */
/*
 * Reference program: a minimal relay of data and descriptors between one client of the path FRONT and the server at the
 * path BACK. It does not preserve the position of descriptors in the stream. ref_relay_fds FRONT BACK
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static char data[65536];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(253 * sizeof(int))];
	} control;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), i;
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	struct iovec iov = { .iov_base = data };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	size_t j, count;
	ssize_t n;

	(void)argc;
	strcpy(address.sun_path, argv[1]);
	bind(listening, (struct sockaddr *)&address, sizeof(address));
	listen(listening, 8);
	p[0].fd = accept(listening, NULL, NULL);
	p[1].fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, argv[2]);
	connect(p[1].fd, (struct sockaddr *)&address, sizeof(address));
	for (;;) {
		poll(p, 2, -1);
		for (i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			iov.iov_len = sizeof(data);
			hdr.msg_controllen = sizeof(control);
			n = recvmsg(p[i].fd, &hdr, MSG_CMSG_CLOEXEC);
			if (n <= 0)
				return 0;
			iov.iov_len = (size_t)n;
			if (sendmsg(p[!i].fd, &hdr, MSG_NOSIGNAL) != n)
				return 0;
			count = hdr.msg_controllen == 0 ? 0 : (control.align.cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (j = 0; j < count; j++)
				close(((int *)CMSG_DATA(&control.align))[j]);
		}
	}
}
