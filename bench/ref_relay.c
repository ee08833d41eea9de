/* SPDX-License-Identifier: ISC */
/*
 * Reference program: a minimal relay of data between one client of the path FRONT and the server at the path BACK.
 * ref_relay FRONT BACK
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
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), i;
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
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
			n = recv(p[i].fd, data, sizeof(data), 0);
			if (n <= 0 || send(p[!i].fd, data, (size_t)n, MSG_NOSIGNAL) != n)
				return 0;
		}
	}
}
