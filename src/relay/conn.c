/* SPDX-License-Identifier: ISC */
/* One connection: two sockets, and what flows from each to the other. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "relay/internal.h"

#define ROUNDS	   16	    /* messages of one flow at a time, so that nobody else waits long */
#define PAUSE	   10000000 /* 10 ms */
#define IN_EVENTS  (EPOLLIN | EPOLLRDHUP)
#define END_EVENTS (EPOLLHUP | EPOLLERR)

static enum message_direction
flow_direction(const struct half *from)
{
	return from->index == 0 ? DIRECTION_IN : DIRECTION_OUT;
}

static bool
conn_is_open(const struct conn *conn)
{
	return conn->half[0].watch.fd != -1;
}

static void
conn_wait(struct loop *l, struct conn *conn)
{
	conn->retry_at = fdpass_deadline(PAUSE);
	link_remove(&conn->waiting);
	link_add(&l->waiting, &conn->waiting);
}

static uint32_t
half_events(const struct loop *l, struct half *half)
{
	struct half *other = half_other(half);
	uint32_t events = 0;

	if (half->ended)
		events |= END_EVENTS;
	else if (half->pending == NULL && !half->later && !half->full)
		events |= IN_EVENTS | (l->listen_endpoint.type == SOCK_STREAM && !half->foreign ? EPOLLPRI : 0);
	if ((other->pending != NULL && !other->later) || other->full)
		events |= EPOLLOUT;
	return events;
}

static void
conn_settle(struct loop *l, struct conn *conn)
{
	size_t i;

	if (!conn_is_open(conn) || conn->connecting)
		return;
	for (i = 0; i < 2; i++) {
		if (watch_set(l, &conn->half[i].watch, half_events(l, &conn->half[i])))
			continue;
		/* Without an event it would never go on. */
		loop_say(l, conn->number, "watch a socket: %s: cut", strerror(errno));
		conn_close(l, conn);
		return;
	}
}

/* Nobody reads on the other half any more: whoever writes here is to be told. */
static void
flow_gone(struct loop *l, struct half *from)
{
	struct half *to = half_other(from);

	pending_free(l, from->pending);
	from->pending = NULL;
	from->ended = true;
	if (to->ended || l->listen_endpoint.type == SOCK_DGRAM)
		conn_close(l, from->conn);
	else
		(void)shutdown(from->watch.fd, SHUT_RD);
}

/* False if the flow cannot go on now. */
static bool
flow_forwarded(struct loop *l, struct half *from, enum forward_result result)
{
	switch (result) {
	case FORWARD_DONE:
		return true;
	case FORWARD_BLOCKED:
		return false;
	case FORWARD_LATER:
		from->later = true;
		conn_wait(l, from->conn);
		return false;
	case FORWARD_GONE:
		flow_gone(l, from);
		return false;
	case FORWARD_REFUSED:
	default:
		conn_close(l, from->conn);
		return false;
	}
}

static bool
flow_pending(struct loop *l, struct half *from)
{
	enum forward_result result = FORWARD_DONE;

	while (from->pending != NULL && result == FORWARD_DONE) {
		result = pending_forward(l, from->pending, half_other(from)->watch.fd, from->conn->number, NULL, 0);
		if (result == FORWARD_DONE)
			from->pending = pending_end(l, from->pending);
	}
	return flow_forwarded(l, from, result);
}

static bool
flow_pass(struct loop *l, struct half *from, struct relay_message *message)
{
	struct half *to = half_other(from);
	const char *data = message->data;
	size_t length = message->length;
	enum forward_result result;

	if (to->foreign)
		message->has_cred = false;
	message_count(l, message->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	if (to->foreign && message->fd_count > 0) {
		loop_say(l, from->conn->number,
		    "the receiver is not an AF_UNIX socket: %zu descriptors cannot be handed on", message->fd_count);
		result = FORWARD_REFUSED;
	} else
		result = message_forward(l, to->watch.fd, message, from->conn->number, NULL, 0);
	if (l->options->show != NULL)
		trace_message(l, from->watch.fd, flow_direction(from), from->conn->number, data, length, false);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER) {
		from->pending = pending_new(l, message);
		if (from->pending == NULL) {
			loop_say(l, from->conn->number, "no memory for a message");
			result = FORWARD_REFUSED;
		}
	}
	close_message(l, result == FORWARD_DONE);
	return flow_forwarded(l, from, result);
}

static bool
socket_hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* The sender has ended; if it also reads no more, nothing is left for either. */
static void
flow_end(struct loop *l, struct half *from)
{
	struct half *to = half_other(from);

	if (l->options->show != NULL) {
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
		trace_message(l, from->watch.fd, flow_direction(from), from->conn->number, l->buffer, 0, true);
	}
	fdpass_msg_done(l->msg);
	from->ended = true;
	from->drained = true;
	if (to->ended || socket_hung_up(from->watch.fd))
		conn_close(l, from->conn);
	else
		(void)shutdown(to->watch.fd, SHUT_WR);
}

/* No message could be taken. */
static void
flow_stops(struct loop *l, struct half *from, enum read_result take)
{
	switch (take) {
	case READ_MESSAGE:
	case READ_NOTHING:
		break;
	case READ_BLOCKED:
		from->full = true;
		break;
	case READ_LATER:
		from->later = true;
		conn_wait(l, from->conn);
		break;
	case READ_END:
		flow_end(l, from);
		break;
	case READ_LOST:
		loop_say(l, from->conn->number, "descriptors were lost on the way here (open files: %llu of %llu): cut",
		    (unsigned long long)l->descriptors, (unsigned long long)l->limit);
		close_message(l, false);
		conn_close(l, from->conn);
		break;
	case READ_RESET:
	default:
		/* A peer that broke off is its own affair. */
		if (errno != ECONNRESET && errno != EPIPE)
			loop_say(l, from->conn->number, "receive: %s: cut", strerror(errno));
		close_message(l, false);
		conn_close(l, from->conn);
		break;
	}
}

/* Carries one message. False if there is nothing more to do now. */
static bool
flow_step(struct loop *l, struct half *from)
{
	struct relay_message message;
	enum read_result take;

	if (from->pending != NULL && !flow_pending(l, from))
		return false;
	if (from->lost) {
		flow_stops(l, from, READ_LOST);
		return false;
	}
	take = l->listen_endpoint.type == SOCK_STREAM ? stream_read(l, from, &message) :
							packet_read_half(l, from, &message);
	if (take == READ_MESSAGE)
		return flow_pass(l, from, &message);
	flow_stops(l, from, take);
	return false;
}

/* Carries several, and takes them from ROUNDS. */
static bool
flow_batch(struct loop *l, struct half *from, size_t *rounds)
{
	enum read_result take = batch_read(l, from);
	int err = errno;

	*rounds -= batch_count(l) < *rounds ? batch_count(l) : *rounds;
	if (!flow_forwarded(l, from, batch_forward(l, from))) {
		/* An end is found again. */
		from->lost = take == READ_LOST;
		close_message(l, false);
		return false;
	}
	errno = err;
	flow_stops(l, from, take);
	return take == READ_MESSAGE;
}

static bool
flow_next(struct loop *l, struct half *from, size_t *rounds)
{
	if (batch_suits(l, from))
		return flow_batch(l, from, rounds);
	--*rounds;
	return flow_step(l, from);
}

static void
flow_run(struct loop *l, struct half *from)
{
	struct conn *conn = from->conn;
	size_t rounds;

	/* Who speaks twice in a row may well have more to say; who is answered each time has not. */
	conn->eager = conn->last == from->index;
	conn->last = from->index;
	l->busy_poll.answer_due |= !conn->eager;
	/* Only for the first message is it known that the sender had not ended before it. */
	rounds = l->listen_endpoint.type == SOCK_STREAM ? ROUNDS : 1;
	while (rounds > 0 && flow_next(l, from, &rounds) && (conn->eager || from->bulk))
		;
	conn_settle(l, conn);
}

static void
half_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct half *half = (struct half *)(void *)watch, *other = half_other(half);

	if (events & EPOLLPRI)
		half->urgent = true;
	if (events & (EPOLLRDHUP | END_EVENTS))
		half->hung_up = true;
	if ((events & (EPOLLOUT | END_EVENTS)) && (other->pending != NULL || other->full) && !other->later) {
		other->full = false;
		flow_run(l, other);
		if (!conn_is_open(half->conn))
			return;
	}
	if (half->ended) {
		if (events & END_EVENTS)
			conn_close(l, half->conn);
	} else if ((events & ~(uint32_t)EPOLLOUT) != 0 && half->pending == NULL && !half->later && !half->full)
		flow_run(l, half);
}

/* --- the beginning */

static int
server_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;

	(void)fail;
	socket_prepare(l, fd, l->options->connect_addr->kind == ADDR_FD);
	return 0;
}

static void
half_open(struct half *half, int fd)
{
	int domain = AF_UNIX;
	socklen_t size = sizeof(domain);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	half->foreign = domain != AF_UNIX;
	half->watch.fd = fd;
}

/* True if it may work a moment later. */
static bool
connect_waits(const struct conn *conn, const struct fail *fail)
{
	if (fail->status == EXIT_TIMEOUT || fail->err == EMFILE || fail->err == ENFILE || fail->err == ENOMEM ||
	    fail->err == ENOBUFS)
		return true;
	return (fail->err == ENOENT || fail->err == ECONNREFUSED) && fdpass_deadline(0) < conn->give_up;
}

/* In the client's name, where that can be. */
static int
server_open(struct loop *l, const struct conn *conn, struct endpoint *ep, const struct endpoint_options *options,
    struct fail *fail)
{
	struct identity own;
	int rc;

	if (!l->carry)
		return endpoint_open(ep, l->options->connect_addr, options, fail);
	if (identity_assume(&own, conn->half[0].watch.fd) == -1)
		rc = fail_errno(fail, "connect in the client's name");
	else
		rc = endpoint_open(ep, l->options->connect_addr, options, fail);
	if (identity_resume(&own) == 0)
		return rc;
	if (!l->failed)
		(void)fail_errno(l->fail, "become oneself again");
	l->failed = true;
	return rc;
}

static void
conn_connect(struct loop *l, struct conn *conn)
{
	struct endpoint_options options = l->options->back_options;
	struct endpoint ep = ENDPOINT_NONE;
	static struct fail fail;

	options.role = ROLE_CONNECT;
	options.role_given = true;
	options.type = l->listen_endpoint.type;
	options.retry = 0;
	options.deadline = 0; /* never waits: everybody else would */
	options.prepare = server_prepare;
	options.arg = l;
	if (server_open(l, conn, &ep, &options, &fail) == -1) {
		if (connect_waits(conn, &fail)) {
			conn_wait(l, conn);
			return;
		}
		loop_say(l, conn->number, "%s", fail.text);
		l->failures++;
		conn_close(l, conn);
		return;
	}
	half_open(&conn->half[1], ep.fd);
	conn->connecting = false;
	conn_settle(l, conn);
}

int
conn_open(struct loop *l, int client)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	uint8_t i;

	if (conn == NULL)
		return -1;
	for (i = 0; i < 2; i++) {
		conn->half[i].conn = conn;
		conn->half[i].index = i;
		conn->half[i].watch.fd = -1;
		conn->half[i].watch.ready = half_ready;
	}
	conn->number = ++l->accepted;
	conn->last = 2;
	conn->connecting = true;
	if (l->options->back_options.retry != 0)
		conn->give_up = l->options->back_options.retry == FDPASS_NEVER ?
		    FDPASS_NEVER :
		    fdpass_deadline(l->options->back_options.retry);
	link_init(&conn->waiting);
	link_add(&l->conns, &conn->all);
	l->open++;
	l->descriptors += 2;
	half_open(&conn->half[0], client);
	conn_connect(l, conn);
	return 0;
}

void
conn_close(struct loop *l, struct conn *conn)
{
	size_t i;

	if (!conn_is_open(conn))
		return;
	for (i = 0; i < 2; i++) {
		struct half *half = &conn->half[i];

		pending_free(l, half->pending);
		half->pending = NULL;
		if (half->watch.fd == -1)
			continue;
		/* Closing takes it out of the set only if nobody else has it open. */
		(void)watch_set(l, &half->watch, 0);
		close_socket(l, half->watch.fd, half->drained);
		half->watch.fd = -1;
	}
	link_remove(&conn->waiting);
	link_remove(&conn->all);
	/* Events that were fetched already may still speak of it. */
	link_add(&l->dead, &conn->all);
	l->open--;
	l->descriptors -= 2;
	l->crowded = false;
	listener_admit(l);
}

void
conn_retry(struct loop *l, struct conn *conn)
{
	size_t i;

	link_remove(&conn->waiting);
	if (conn->connecting) {
		conn_connect(l, conn);
		return;
	}
	for (i = 0; i < 2 && conn_is_open(conn); i++)
		if (conn->half[i].later) {
			conn->half[i].later = false;
			flow_run(l, &conn->half[i]);
		}
}
