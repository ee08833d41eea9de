/* SPDX-License-Identifier: ISC */
/*
 * crowd [-k] [-s] [-t TYPE] CLIENTS FRONT BACK
 *
 * Simulates many concurrent clients and their server: the server listens on BACK, and CLIENTS clients connect to FRONT.
 * Each client sends a number and waits for the server's answer. The server answers each number and closes the
 * connection. Prints "N answered, at most M concurrently", or an error.
 *
 * -k keeps all connections open; prints "N open" and waits for end of file on standard input
 * -s first stalls a connection: its client writes until the socket is full, and its server does not read. When all
 *    other clients were answered, the server reads the stalled connection to its end, and every byte must arrive
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LIMIT 60000 /* ms */

static int type = SOCK_STREAM;
static bool keeps;
static uint32_t clients, answered;
static int *client, *server; /* -1: none */
static uint32_t served, now, most;

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	return sun;
}

static int
listen_on(const char *path)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 || listen(fd, 4096) == -1)
		err(1, "%s", path);
	return fd;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return fd;
}

static void
wait_for(struct pollfd *fds, uint32_t count)
{
	int n = poll(fds, count, LIMIT);

	if (n == -1)
		err(1, "poll");
	if (n == 0)
		errx(1, "only %u of %u clients got a reply", answered, clients);
}

/* --- the stalled connection */

static int stalled_writer = -1, stalled_reader = -1;
static size_t stalled_bytes;

static void
stall(const char *front, int listener)
{
	struct pollfd p;
	char block[4096];
	ssize_t sent;

	memset(block, 's', sizeof(block));
	stalled_writer = connect_to(front);
	stalled_reader = accept(listener, NULL, NULL);
	p = (struct pollfd){ .fd = stalled_writer, .events = POLLOUT };
	/*
	 * Writes until the socket has been full for 300 ms. At first, the relay forwards data, so the socket does not
	 * stay full.
	 */
	while (poll(&p, 1, 300) == 1) {
		sent = send(stalled_writer, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent == -1 && errno != EAGAIN)
			err(1, "the stalled connection");
		if (sent > 0)
			stalled_bytes += (size_t)sent;
	}
}

static void
unstall(void)
{
	char block[65536];
	size_t got = 0;
	ssize_t n;

	(void)shutdown(stalled_writer, SHUT_WR);
	while ((n = recv(stalled_reader, block, sizeof(block), 0)) > 0)
		got += (size_t)n;
	if (n == -1 || got != stalled_bytes)
		errx(1, "the stalled connection delivered %zu of %zu bytes", got, stalled_bytes);
	printf("stalled: %zu bytes\n", got);
}

/* --- the other connections */

static void
serve(int fd)
{
	uint32_t number;

	if (recv(fd, &number, sizeof(number), MSG_WAITALL) != (ssize_t)sizeof(number))
		errx(1, "the server received no number");
	if (send(fd, &number, sizeof(number), MSG_NOSIGNAL) != (ssize_t)sizeof(number))
		err(1, "write the server's reply");
}

static void
take_answer(uint32_t index)
{
	uint32_t number;
	ssize_t got = recv(client[index], &number, sizeof(number), MSG_WAITALL);

	if (got != (ssize_t)sizeof(number))
		errx(1, "client %u was disconnected: %s", index, got == -1 ? strerror(errno) : "end of file");
	if (number != index)
		errx(1, "client %u got the reply for client %u", index, number);
	answered++;
	if (keeps)
		return;
	(void)close(client[index]);
	client[index] = -1;
}

static void
accept_all(int listener)
{
	int fd;

	while (served < clients && (fd = accept(listener, NULL, NULL)) != -1) {
		server[served++] = fd;
		if (++now > most)
			most = now;
		if (keeps)
			serve(fd);
	}
}

static void
all_answered(int listener)
{
	struct pollfd *fds = calloc((size_t)clients * 2 + 1, sizeof(*fds));
	uint32_t i;

	if (fds == NULL || fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
		err(1, "poll");
	while (answered < clients) {
		fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (i = 0; i < clients; i++) {
			fds[1 + i] = (struct pollfd){ .fd = client[i], .events = POLLIN };
			fds[1 + clients + i] = (struct pollfd){ .fd = keeps ? -1 : server[i], .events = POLLIN };
		}
		wait_for(fds, clients * 2 + 1);
		accept_all(listener);
		for (i = 0; i < clients; i++) {
			if (fds[1 + clients + i].revents != 0) {
				serve(server[i]);
				(void)close(server[i]);
				server[i] = -1;
				now--;
			}
			if (fds[1 + i].revents != 0)
				take_answer(i);
		}
	}
	free(fds);
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	bool stalls = false;
	int option, listener;
	uint32_t i;

	while ((option = getopt(argc, argv, "kst:")) != -1)
		switch (option) {
		case 'k':
			keeps = true;
			break;
		case 's':
			stalls = true;
			break;
		case 't':
			type = strcmp(optarg, "seqpacket") == 0 ? SOCK_SEQPACKET : SOCK_STREAM;
			break;
		default:
			return 2;
		}
	if (argc - optind != 3)
		errx(2, "usage: crowd [-k] [-s] [-t TYPE] CLIENTS FRONT BACK");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	clients = (uint32_t)strtoul(argv[optind], NULL, 10);
	client = calloc(clients, sizeof(*client));
	server = calloc(clients, sizeof(*server));
	if (client == NULL || server == NULL)
		err(1, "calloc");
	listener = listen_on(argv[optind + 2]);
	if (stalls)
		stall(argv[optind + 1], listener);
	for (i = 0; i < clients; i++) {
		client[i] = connect_to(argv[optind + 1]);
		server[i] = -1;
		if (send(client[i], &i, sizeof(i), MSG_NOSIGNAL) != (ssize_t)sizeof(i))
			err(1, "client %u", i);
	}
	all_answered(listener);
	if (stalls)
		unstall();
	if (!keeps)
		printf("%u answered, at most %u concurrently\n", answered, most);
	else {
		printf("%u open\n", answered);
		(void)fflush(stdout);
		while (getchar() != EOF)
			;
	}
	return 0;
}
