/* SPDX-License-Identifier: ISC */
/*
 * Simulates a container runtime that sends a console: runs a command on a new pseudo-terminal and sends the master.
 *
 *   console [-l] [-w] [-n NAME] [-s ROWSxCOLUMNS] [-x COUNT] ADDRESS COMMAND [ARG]...
 *
 * ADDRESS is a path. -l listens on ADDRESS (and prints "listening") instead of connecting; -w retries until another
 * process listens on ADDRESS. NAME is the data that is sent with the master (default: /dev/ptmx); -s sets the terminal
 * size before COMMAND starts; -x sends COUNT additional descriptors. Exits with COMMAND's status, or with 128 + N if
 * signal N has killed COMMAND. After 60 seconds, SIGALRM kills the program.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MOST 16

static int
open_socket(const char *path, bool listens, bool waits)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), conn;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(2, "%s: too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	if (!listens) {
		while (connect(sock, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
			if (!waits || (errno != ENOENT && errno != ECONNREFUSED))
				err(2, "connect %s", path);
			(void)poll(NULL, 0, 5);
		}
		return sock;
	}
	if (bind(sock, (struct sockaddr *)&sun, sizeof(sun)) == -1 || listen(sock, 1) == -1)
		err(2, "listen %s", path);
	puts("listening");
	fflush(stdout);
	if ((conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC)) == -1)
		err(2, "accept %s", path);
	close(sock);
	return conn;
}

static pid_t
run_on(int master, char *const *argv)
{
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	pid_t pid;

	if (slave == -1)
		err(2, "%s", ptsname(master));
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		/*
		 * A shell starts background jobs with SIGINT and SIGQUIT ignored. COMMAND must not inherit these
		 * settings.
		 */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	close(slave);
	return pid;
}

static void
send_master(int sock, int master, const char *name, int extra)
{
	union {
		char bytes[CMSG_SPACE(MOST * sizeof(int))];
		size_t align;
	} control;
	char *text = strdup(name);
	struct iovec iov = { .iov_base = text, .iov_len = strlen(name) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes };
	struct cmsghdr *c;
	int fds[MOST] = { master };
	size_t size = (1 + (size_t)extra) * sizeof(int);

	for (int i = 1; i <= extra; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	memset(&control, 0, sizeof(control));
	msg.msg_controllen = CMSG_SPACE(size);
	if ((c = CMSG_FIRSTHDR(&msg)) == NULL)
		errx(2, "no space for a control message");
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), fds, size);
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) == -1)
		err(2, "sendmsg");
	for (int i = 1; i <= extra; i++)
		close(fds[i]);
	free(text);
}

int
main(int argc, char **argv)
{
	const char *name = "/dev/ptmx";
	struct winsize size = { 0 };
	bool listens = false, waits = false;
	int ch, extra = 0, master, sock, status;
	pid_t pid;

	while ((ch = getopt(argc, argv, "+ln:s:wx:")) != -1)
		switch (ch) {
		case 'l':
			listens = true;
			break;
		case 'n':
			name = optarg;
			break;
		case 's':
			if (sscanf(optarg, "%hux%hu", &size.ws_row, &size.ws_col) != 2)
				errx(2, "-s %s", optarg);
			break;
		case 'w':
			waits = true;
			break;
		case 'x':
			extra = atoi(optarg) % MOST;
			break;
		default:
			return 2;
		}
	if (argc - optind < 2)
		errx(2, "missing address or command");
	alarm(60);
	sock = open_socket(argv[optind], listens, waits);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		err(2, "posix_openpt");
	if (size.ws_row != 0)
		ioctl(master, TIOCSWINSZ, &size);
	pid = run_on(master, argv + optind + 1);
	send_master(sock, master, name, extra);
	close(master);
	close(sock);
	while (waitpid(pid, &status, 0) == -1)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
