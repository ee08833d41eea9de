/* SPDX-License-Identifier: ISC */
/*
 * ref_many COUNT inherit|child COMMAND [ARG]...: opens COUNT descriptors of a file, of a pipe and of a socket, and
 * executes COMMAND, which inherits the descriptors. With "child", COMMAND runs as a child that inherits none of the
 * descriptors, and this process appends its own process ID to COMMAND's last argument.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	long count = argc > 3 ? atol(argv[1]) : 0, i;
	int child, fds[3], ends[2], status;
	char last[64];
	pid_t pid;

	if (count == 0)
		return 1;
	child = strcmp(argv[2], "child") == 0;
	fds[0] = open("/etc/passwd", O_RDONLY);
	if (pipe(ends) == -1)
		return 1;
	fds[1] = ends[0];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return 1;
	fds[2] = ends[0];
	for (i = 0; i < count; i++)
		if (fcntl(fds[i % 3], child ? F_DUPFD_CLOEXEC : F_DUPFD, 3) == -1)
			return 1;
	argv += 3;
	if (child && (pid = fork()) != 0)
		return pid == -1 || waitpid(pid, &status, 0) == -1 || !WIFEXITED(status) ? 1 : WEXITSTATUS(status);
	if (child) {
		(void)snprintf(last, sizeof(last), "%s%d", argv[argc - 4], (int)getppid());
		argv[argc - 4] = last;
	}
	execvp(argv[0], argv);
	return 127;
}
