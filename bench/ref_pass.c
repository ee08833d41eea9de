/* SPDX-License-Identifier: ISC */
/*
 * ref_pass COUNT WORK: the program that the measured tracers trace. WORK is "pass", to send COUNT messages with a
 * descriptor to itself, or "calls", to read 64 KiB of a memfd COUNT times. The program starts its work when standard
 * input is readable or at end of file.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static char block[65536];

int
main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[1]) : 0, i;
	int pair[2], fd;
	char data[64] = "", control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m;
	struct cmsghdr *c;

	if (count == 0 || read(0, data, 1) == -1)
		return 1;
	if (*argv[2] == 'c') {
		if ((fd = memfd_create("block", 0)) == -1 || write(fd, block, sizeof(block)) != sizeof(block))
			return 1;
		for (i = 0; i < count; i++)
			if (pread(fd, block, sizeof(block), 0) != sizeof(block))
				return 1;
		return 0;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		return 1;
	for (i = 0; i < count; i++) {
		memset(&m, 0, sizeof(m));
		m.msg_iov = &iov;
		m.msg_iovlen = 1;
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pair[0], sizeof(int));
		if (sendmsg(pair[0], &m, 0) != sizeof(data) || recvmsg(pair[1], &m, 0) != sizeof(data))
			return 1;
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
		close(fd);
	}
	return 0;
}
