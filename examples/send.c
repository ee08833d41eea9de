/* SPDX-License-Identifier: ISC */
/*
 * Listens on a path, and sends descriptors of the named files to the first client that connects.
 *
 *	cc -o send send.c $(pkg-config --cflags --libs libfdpass)
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fdpass.h>

static int
listen_path(const char *path)
{
	struct sockaddr_un address;
	socklen_t length;
	int sock;

	if (fdpass_unix_address(path, strlen(path), &address, &length) == -1)
		err(1, "%s", path);
	if ((sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (bind(sock, (struct sockaddr *)&address, length) == -1 || listen(sock, 1) == -1)
		err(1, "listen %s", path);
	return sock;
}

int
main(int argc, char *argv[])
{
	struct iovec data = { "files", 5 };
	int fds[FDPASS_MAX_FDS];
	int i, client, sock;
	size_t count = 0;

	if (argc < 3 || argc - 2 > FDPASS_MAX_FDS)
		errx(1, "usage: send path file ...");
	for (i = 2; i < argc; i++)
		if ((fds[count++] = open(argv[i], O_RDONLY | O_CLOEXEC)) == -1)
			err(1, "%s", argv[i]);
	sock = listen_path(argv[1]);
	client = accept(sock, NULL, NULL);
	unlink(argv[1]);
	if (client == -1)
		err(1, "accept");
	if (fdpass_send_fds(client, &data, 1, fds, count, MSG_NOSIGNAL, NULL, 0, NULL) == -1)
		err(1, "send");
	return 0;
}
