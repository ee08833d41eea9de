/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "base/fd_limit.h"
#include "lib/fdpass.h"
#include "net/discard.h"
#include "net/receive.h"
#include "cli/message.h"
#include "receive/multi.h"

/* pause after accept(2) has failed for lack of resources, in milliseconds */
#define EXHAUSTED_MS 100

#define LOG_PAUSE 1000 /* milliseconds without log messages before the number of suppressed messages is printed */

#define GROWTH 16

static int
grow(struct multi *m, struct fail *fail)
{
	size_t room = m->room + GROWTH;
	struct pollfd *polled;
	void **clients;

	if (m->count < m->room)
		return 0;
	clients = reallocarray(m->clients, room, sizeof(*clients));
	if (clients != NULL)
		m->clients = clients;
	polled = reallocarray(m->polled, room + 1, sizeof(*polled));
	if (polled != NULL)
		m->polled = polled;
	if (clients == NULL || polled == NULL)
		return fail_errno(fail, "cannot allocate the list of connections");
	m->room = room;
	return 0;
}

static void
drop(struct multi *m, size_t i)
{
	m->class->close(m->clients[i]);
	free(m->clients[i]);
	m->clients[i] = m->clients[--m->count];
	m->polled[1 + i] = m->polled[1 + m->count];
}

/* Updates the poll events of the client at index I. */
static void
update(struct multi *m, size_t i)
{
	if (m->class->events != NULL)
		m->polled[1 + i].events = m->class->events(m->clients[i]);
}

static int
add(struct multi *m, int fd, struct fail *fail)
{
	void *client = calloc(1, m->class->client_size);

	if (client == NULL) {
		(void)fail_errno(fail, "cannot allocate a connection");
		socket_discard(fd);
		return -1;
	}
	if (m->class->open(client, fd, ++m->last_number, m->arg, fail) == -1) {
		msg_log("connection %llu: %s", (unsigned long long)m->last_number, fail->text);
		free(client);
		return 0;
	}
	m->clients[m->count] = client;
	m->polled[1 + m->count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	update(m, m->count++);
	return 0;
}

static int
accept_one(struct multi *m, struct fail *fail)
{
	int fd;

	if (grow(m, fail) == -1)
		return -1;
	fd = endpoint_accept(m->ep, fdpass_deadline(0));
	if (fd != -1) {
		fd_limit_note(1);
		return add(m, fd, fail);
	}
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		/*
		 * The new client stays in the listen queue. The wait ends early if a connected client is ready, because
		 * handling this client may free resources.
		 */
		(void)poll(m->polled + 1, m->count, EXHAUSTED_MS);
		return 0;
	case ETIMEDOUT:
		/* Another process that shares the listening socket has accepted the connection. */
		return 0;
	default:
		return fail_errno(fail, "accept");
	}
}

/*
 * Handles the listening socket and those clients that poll(2) has reported as ready. Returns 0 to continue the loop, 1
 * to stop it, or -1 with *FAIL.
 */
static int
serve_ready(struct multi *m, struct fail *fail)
{
	enum multi_next next;
	size_t i;

	/* The loop runs backward, because drop() moves the last client to the index of the removed client. */
	for (i = m->count; i > 0; i--) {
		if (m->polled[i].revents == 0)
			continue;
		next = m->class->serve(m->clients[i - 1], &m->polled[i].fd, m->arg, fail);
		if (next != MULTI_CONTINUE)
			drop(m, i - 1);
		else
			update(m, i - 1);
		if (next == MULTI_STOP)
			return 1;
	}
	return (m->polled[0].revents & POLLIN) != 0 ? accept_one(m, fail) : 0;
}

static bool
may_accept(struct multi *m)
{
	if (m->class->full != NULL && m->class->full(m->count, m->arg))
		return false;
	/*
	 * If no client is connected, waiting would not free descriptor numbers, so the next client is accepted in any
	 * case.
	 */
	if (m->count == 0 || receive_may_accept())
		return true;
	if (!m->warned)
		msg_log("new clients must wait because the open file limit is reached (RLIMIT_NOFILE)");
	m->warned = true;
	return false;
}

/*
 * Waits until a descriptor is ready. Returns the number of ready descriptors, 0 if the deadline has passed, or -1 with
 * *FAIL.
 */
static int
wait_ready(struct multi *m, struct fail *fail)
{
	int64_t deadline = m->class->deadline(m->count, m->arg);
	int n, timeout;

	m->polled[0].fd = may_accept(m) ? m->ep->fd : -1;
	n = poll(m->polled, 1 + m->count, 0);

	if (n == 0 && m->class->idle(m->arg, fail) == -1)
		return -1;
	while (n == 0 || (n == -1 && errno == EINTR)) {
		timeout = deadline_milliseconds(deadline);
		/*
		 * If log messages have been suppressed, the timeout is limited, so that the number of suppressed
		 * messages is printed soon.
		 */
		if (msg_log_pending() && (timeout == -1 || timeout > LOG_PAUSE))
			timeout = LOG_PAUSE;
		n = poll(m->polled, 1 + m->count, timeout);
		if (n == 0 && timeout == 0)
			return 0;
		if (n == 0)
			msg_log_end();
	}
	return n == -1 ? fail_errno(fail, "poll") : n;
}

int
multi_run(struct multi *m, struct fail *fail)
{
	int n, stop = 0;

	if (grow(m, fail) == -1)
		return -1;
	m->polled[0] = (struct pollfd){ .fd = m->ep->fd, .events = POLLIN };
	while (stop == 0) {
		n = wait_ready(m, fail);
		if (n == 0) {
			errno = ETIMEDOUT;
			return fail_errno(fail, "wait");
		}
		stop = n == -1 ? -1 : serve_ready(m, fail);
	}
	return stop == -1 ? -1 : 0;
}

void
multi_done(struct multi *m)
{
	while (m->count > 0)
		drop(m, m->count - 1);
	free(m->clients);
	free(m->polled);
	m->clients = NULL;
	m->polled = NULL;
	m->room = 0;
}
