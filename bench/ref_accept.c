/* SPDX-License-Identifier: ISC */
/*
 * Reference program: starts a process for each connection, with only the necessary system calls. ref_accept PATH
 * COMMAND...
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	(void)argc;
	strcpy(address.sun_path, argv[1]);
	bind(listening, (struct sockaddr *)&address, sizeof(address));
	listen(listening, 4096);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (fork() == 0) {
			dup2(fd, 0);
			dup2(fd, 1);
			execv(argv[2], argv + 2);
			_exit(127);
		}
		close(fd);
	}
}
