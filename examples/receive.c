/* SPDX-License-Identifier: ISC */
/*
 * Connects to a socket, receives one message, and copies the contents of the received descriptors to standard output.
 *
 *	cc -o receive receive.c $(pkg-config --cflags --libs libfdpass)
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fdpass.h>

static int
connect_path(const char *path)
{
	struct sockaddr_un address;
	socklen_t length;
	int sock;

	if (fdpass_unix_address(path, strlen(path), &address, &length) == -1)
		err(1, "%s", path);
	if ((sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(sock, (struct sockaddr *)&address, length) == -1)
		err(1, "connect %s", path);
	return sock;
}

static void
copy(int fd)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		(void)fwrite(block, 1, (size_t)n, stdout);
	if (n == -1)
		warn("read");
}

int
main(int argc, char *argv[])
{
	struct fdpass_wait wait = { 0, NULL, NULL };
	struct fdpass_msg *msg;
	char data[512];
	ssize_t n;
	size_t i;
	int fd, sock;

	if (argc != 2)
		errx(1, "usage: receive path");
	sock = connect_path(argv[1]);
	if ((msg = fdpass_msg_new(FDPASS_ANCBUFSIZE)) == NULL)
		err(1, NULL);

	wait.deadline = fdpass_deadline(INT64_C(30000000000));
	if ((n = fdpass_recvmsg(sock, msg, data, sizeof(data), 0, &wait)) == -1)
		err(1, "receive from %s", argv[1]);
	printf("%zd bytes, %zu descriptors\n", n, fdpass_msg_fd_count(msg));
	if (fdpass_msg_flags(msg) & MSG_CTRUNC)
		warnx("some descriptors were lost");

	for (i = 0; i < fdpass_msg_fd_count(msg); i++) {
		if ((fd = fdpass_msg_take_fd(msg, i)) == -1) {
			warn("descriptor %zu", i);
			continue;
		}
		copy(fd);
		close(fd);
	}
	fdpass_msg_free(msg);
	return fflush(stdout) == EOF;
}
