/* SPDX-License-Identifier: ISC */
/*
 * A small HTTP server for the hand-over tests: "web TEXT" answers every request on descriptor 3 (LISTEN_FDS) with TEXT.
 * After SIGTERM, the server completes the current request and exits. Another process that shares the listening socket
 * accepts the remaining connections in the queue.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 3

static volatile sig_atomic_t ending;

static void
end(int signal_number)
{
	(void)signal_number;
	ending = 1;
}

/* Reads a request up to the empty line after its header. */
static int
read_request(int conn)
{
	char request[4096];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(request) - 1) {
		n = read(conn, request + used, sizeof(request) - 1 - used);
		if (n <= 0)
			return -1;
		used += (size_t)n;
		request[used] = '\0';
		if (strstr(request, "\r\n\r\n") != NULL)
			return 0;
	}
	return -1;
}

static void
answer(int conn, const char *text)
{
	char response[512];
	int length;

	if (read_request(conn) == -1)
		return;
	length = snprintf(response, sizeof(response),
	    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", strlen(text), text);
	if (write(conn, response, (size_t)length) == -1)
		warn("write");
}

int
main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = end };
	struct pollfd pfd = { .fd = LISTENING, .events = POLLIN };
	const char *pid = getenv("LISTEN_PID");
	sigset_t term, none;
	int conn;

	if (argc != 2 || pid == NULL || atol(pid) != (long)getpid())
		errx(2, "usage: web TEXT, with a listening socket as LISTEN_FDS");
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	/* SIGTERM is blocked except in ppoll(2), so a request in progress is not interrupted. */
	if (sigprocmask(SIG_BLOCK, &term, &none) == -1 || sigaction(SIGTERM, &action, NULL) == -1)
		err(1, "SIGTERM");
	signal(SIGPIPE, SIG_IGN);
	/* O_NONBLOCK is set, because another server that shares the socket may accept a connection first. */
	if (fcntl(LISTENING, F_SETFL, O_NONBLOCK) == -1)
		err(1, "descriptor %d", LISTENING);
	while (!ending) {
		if (ppoll(&pfd, 1, NULL, &none) == -1 && errno != EINTR)
			err(1, "poll");
		if (ending)
			break;
		conn = accept(LISTENING, NULL, NULL);
		if (conn == -1 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			err(1, "accept");
		if (conn == -1)
			continue;
		answer(conn, argv[1]);
		close(conn);
	}
	return 0;
}
