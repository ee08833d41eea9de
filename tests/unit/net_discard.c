/* SPDX-License-Identifier: ISC */
/* Tests of closing sockets whose receive queues contain descriptors, and sockets whose close(2) would block. */
#include <netinet/in.h>
#include <poll.h>

#include "base/compat.h"
#include "base/helper.h"
#include "net/discard.h"
#include "sockets.h"
#include "tap.h"

/* Time limit in seconds for operations that do not block, long enough for a loaded machine. */
#define LIMIT 60

/* Waits until no process has the other end of this pipe open. Returns false if the time limit is reached. */
static int
other_end_closes(int end)
{
	struct pollfd pfd = { .fd = end, .events = 0 };

	return poll(&pfd, 1, LIMIT * 1000) == 1 && (pfd.revents & (POLLHUP | POLLERR)) != 0;
}

/* Descriptors in the receive queue of a datagram socket must be closed even if the sender keeps its socket open. */
static void
test_datagrams(void)
{
	int pair[2], ends[2];

	pair_open(SOCK_DGRAM, pair);
	must(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
	raw_send(pair[0], "x", 1, ends[1], 1);
	raw_send(pair[0], "yz", 2, ends[1], 3);
	close(ends[1]);
	errno = ENOTTY;
	socket_discard(pair[1]);
	is_int(errno, ENOTTY, "closing a datagram socket preserves errno");
	ok(!fd_is_open(pair[1]), "a datagram socket with descriptors in its queue is closed");
	ok(other_end_closes(ends[0]), "the descriptors in queued datagrams are closed");
	close(ends[0]);
	close(pair[0]);
}

static void
test_stream(const char *name, size_t count)
{
	int pair[2], ends[2];

	pair_open(SOCK_STREAM, pair);
	must(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
	raw_send(pair[0], "x", 1, count > 0 ? ends[1] : -1, count);
	close(ends[1]);
	socket_discard(pair[1]);
	ok(!fd_is_open(pair[1]), "a stream socket with %s in its queue is closed", name);
	ok(other_end_closes(ends[0]), "no process keeps the descriptors of a stream socket with %s", name);
	close(ends[0]);
	close(pair[0]);
}

/*
 * Returns the client's socket of a TCP connection. The server's socket, stored in SERVER, does not read the client's
 * data.
 */
static int
tcp_open(int *server, const struct linger *linger)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(address);
	static char block[65536];

	must(bind(listener, (const struct sockaddr *)&address, length) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	must(connect(client, (const struct sockaddr *)&address, length) == 0, "connect");
	must((*server = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) != -1, "accept4");
	must(setsockopt(client, SOL_SOCKET, SO_LINGER, linger, sizeof(*linger)) == 0, "SO_LINGER");
	while (send(client, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	close(listener);
	return client;
}

/* close(2) would block until the peer has read the data, or for ten minutes. In this case, SIGALRM ends the test. */
static void
test_linger(void)
{
	const struct linger long_time = { 1, 10 * LIMIT }, none = { 0, 0 };
	int server, client;

	if (helper_is_under_valgrind()) {
		skip("valgrind does not support helpers", "a socket that lingers is closed without waiting");
		return;
	}
	client = tcp_open(&server, &long_time);
	alarm(LIMIT);
	socket_discard(client);
	alarm(0);
	ok(!fd_is_open(client), "a socket that lingers is closed without waiting");
	close(server);
	client = tcp_open(&server, &none);
	socket_discard(client);
	ok(!fd_is_open(client), "a socket that does not linger is closed");
	close(server);
}

int
main(void)
{
	int before;

	/* The first call starts the process that closes descriptors, which uses additional descriptors. */
	test_datagrams();
	before = fds_open();
	test_datagrams();
	test_stream("descriptors", 2);
	test_stream("data", 0);
	is_int(fds_open(), before, "no descriptor is left open");
	test_linger();
	return tap_done();
}
