/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "cli/message.h"
#include "cli/payload.h"
#include "receive/launch.h"
#include "receive/multi.h"
#include "receive/recv_sockopts.h"

/* While no descriptor is left for one more connection, how long to wait before looking again (ms). */
#define EXHAUSTED_MS 100

static int
grow(struct multi *m, struct fail *fail)
{
	struct connection **connections;
	struct pollfd *polled;

	if (m->count < m->room)
		return 0;
	connections = reallocarray(m->connections, m->room + 16, sizeof(*connections));
	if (connections == NULL)
		return fail_errno(fail, "room for connections");
	m->connections = connections;
	polled = reallocarray(m->polled, m->room + 17, sizeof(*polled));
	if (polled == NULL)
		return fail_errno(fail, "room for connections");
	m->polled = polled;
	m->room += 16;
	return 0;
}

static void
drop(struct multi *m, size_t i)
{
	connection_close(m->connections[i]);
	free(m->connections[i]);
	m->connections[i] = m->connections[--m->count];
	m->polled[1 + i] = m->polled[1 + m->count];
}

/* What one peer did wrong is said, and ends nothing else. */
static int
welcome(struct multi *m, int fd, struct fail *fail)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return fail_errno(fail, "room for a connection");
	if (connection_open(c, m->receiver, fd, true, ++m->next_number, m->options->spawn ? NULL : m->shared, fail) ==
		-1 ||
	    recv_sockopts_apply_accepted(fd, m->request, &m->options->setsockopt, fail) == -1 ||
	    (m->options->send != NULL && payload_send_text(fd, m->options->send, m->receiver->deadline, fail) == -1)) {
		msg_warn("connection %llu: %s", (unsigned long long)m->next_number, fail->text);
		if (c->fd != -1)
			connection_close(c);
		free(c);
		return 0;
	}
	m->connections[m->count] = c;
	m->polled[1 + m->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return 0;
}

/* How long poll may wait, in milliseconds; -1 for ever. */
static int
patience(const struct multi *m)
{
	int64_t left;

	if (m->receiver->deadline == FDPASS_NEVER)
		return -1;
	left = m->receiver->deadline - fdpass_deadline(0);
	return left <= 0 ? 0 : left > INT64_C(1000000) * 3600000 ? 3600000 : (int)((left + 999999) / 1000000);
}

/* One connection has something. Returns RECV_MESSAGE to go on. */
static enum recv_result
serve(struct multi *m, size_t i, struct fail *fail)
{
	struct connection *c = m->connections[i];
	enum recv_result got = receiver_receive(m->receiver, c, false, fail);
	bool done = m->receiver->messages_left == 0;

	if (got == RECV_AGAIN)
		return RECV_MESSAGE;
	if (got == RECV_DONE && m->options->spawn) {
		if (receiver_flush(m->receiver, fail) == -1 ||
		    launch_spawn(m->options, c, m->command, m->receiver->deadline, fail) == -1)
			return RECV_ERROR;
		return done ? RECV_END : RECV_MESSAGE;
	}
	if (got == RECV_ERROR) {
		/* Our own output failing is no peer's fault. */
		if (m->receiver->dump != NULL && m->receiver->dump->out.err != 0)
			return RECV_ERROR;
		msg_warn("connection %llu: %s", (unsigned long long)c->number, fail->text);
		if (m->receiver->gathers && !m->options->spawn)
			return RECV_ERROR;
		drop(m, i);
		return RECV_MESSAGE;
	}
	if (got == RECV_END && !done) {
		if (m->options->spawn && c->delivery->seen > 0)
			msg_warn("connection %llu: refused: end of file after %llu of %llu descriptors",
			    (unsigned long long)c->number, (unsigned long long)c->delivery->seen,
			    (unsigned long long)m->receiver->fds_min);
		drop(m, i);
		return RECV_MESSAGE;
	}
	return got;
}

static enum recv_result
round_of(struct multi *m, struct fail *fail)
{
	enum recv_result got = RECV_MESSAGE;
	size_t i;
	int fd;

	/* Backwards, because an ended one gives its place to the last. */
	for (i = m->count; i > 0 && got == RECV_MESSAGE; i--)
		if (m->polled[i].revents != 0)
			got = serve(m, i - 1, fail);
	if (got != RECV_MESSAGE || (m->polled[0].revents & POLLIN) == 0)
		return got;
	if (grow(m, fail) == -1)
		return RECV_ERROR;
	fd = endpoint_accept(m->ep, fdpass_deadline(0));
	if (fd != -1)
		return welcome(m, fd, fail) == -1 ? RECV_ERROR : RECV_MESSAGE;
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		/* The client waits in the backlog; a connection that ends makes room. */
		(void)poll(m->polled + 1, m->count, EXHAUSTED_MS);
		return RECV_MESSAGE;
	}
	if (errno == ETIMEDOUT)
		return RECV_MESSAGE;
	(void)fail_errno(fail, "accept");
	return RECV_ERROR;
}

enum recv_result
multi_receive(struct multi *m, struct fail *fail)
{
	enum recv_result got = RECV_MESSAGE;
	int n;

	sink_open(&m->shared->sink, &m->receiver->target);
	if (grow(m, fail) == -1)
		return RECV_ERROR;
	m->polled[0] = (struct pollfd){ .fd = m->ep->fd, .events = POLLIN };
	while (got == RECV_MESSAGE) {
		n = poll(m->polled, 1 + m->count, 0);
		if (n == 0) {
			if (receiver_idle(m->receiver, fail) == -1) {
				got = RECV_ERROR;
				break;
			}
			n = poll(m->polled, 1 + m->count, patience(m));
			if (n == 0 && patience(m) == 0)
				got = RECV_TIMEOUT;
		}
		if (n > 0)
			got = round_of(m, fail);
	}
	while (m->count > 0)
		drop(m, m->count - 1);
	free(m->connections);
	free(m->polled);
	return got;
}
