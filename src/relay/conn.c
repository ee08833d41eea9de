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
flow_direction(const struct side *from)
{
	return from->index == 0 ? DIRECTION_IN : DIRECTION_OUT;
}

static bool
conn_is_open(const struct conn *conn)
{
	return conn->side[0].watch.fd != -1;
}

static void
conn_wait(struct loop *l, struct conn *conn)
{
	conn->retry_at = fdpass_deadline(PAUSE);
	link_remove(&conn->waiting);
	link_add(&l->waiting, &conn->waiting);
}

static uint32_t
side_events(const struct loop *l, struct side *side)
{
	struct side *other = side_other(side);
	uint32_t events = 0;

	if (side->ended)
		events |= END_EVENTS;
	else if (side->held == NULL && !side->later && !side->full)
		events |= IN_EVENTS | (l->front.type == SOCK_STREAM && !side->foreign ? EPOLLPRI : 0);
	if ((other->held != NULL && !other->later) || other->full)
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
		if (watch_set(l, &conn->side[i].watch, side_events(l, &conn->side[i])))
			continue;
		/* Without an event it would never go on. */
		loop_say(l, conn->number, "watch a socket: %s: cut", strerror(errno));
		conn_close(l, conn);
		return;
	}
}

/* Nobody reads on the other side any more: whoever writes here is to be told. */
static void
flow_gone(struct loop *l, struct side *from)
{
	struct side *to = side_other(from);

	held_free(l, from->held);
	from->held = NULL;
	from->ended = true;
	if (to->ended || l->front.type == SOCK_DGRAM)
		conn_close(l, from->conn);
	else
		(void)shutdown(from->watch.fd, SHUT_RD);
}

/* False if the flow cannot go on now. */
static bool
flow_handed(struct loop *l, struct side *from, enum hand result)
{
	switch (result) {
	case HAND_DONE:
		return true;
	case HAND_BLOCKED:
		return false;
	case HAND_LATER:
		from->later = true;
		conn_wait(l, from->conn);
		return false;
	case HAND_GONE:
		flow_gone(l, from);
		return false;
	case HAND_REFUSED:
	default:
		conn_close(l, from->conn);
		return false;
	}
}

static bool
flow_held(struct loop *l, struct side *from)
{
	enum hand result = HAND_DONE;

	while (from->held != NULL && result == HAND_DONE) {
		result = held_hand(l, from->held, side_other(from)->watch.fd, from->conn->number, NULL, 0);
		if (result == HAND_DONE)
			from->held = held_end(l, from->held);
	}
	return flow_handed(l, from, result);
}

static bool
flow_pass(struct loop *l, struct side *from, struct parcel *parcel)
{
	struct side *to = side_other(from);
	const char *data = parcel->data;
	size_t length = parcel->length;
	enum hand result;

	message_count(l, parcel->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	if (to->foreign && parcel->fd_count > 0) {
		loop_say(l, from->conn->number, "the receiver is not an AF_UNIX socket: %zu descriptors cannot be handed on",
		    parcel->fd_count);
		result = HAND_REFUSED;
	} else
		result = parcel_hand(l, to->watch.fd, parcel, from->conn->number, NULL, 0);
	if (l->options->show != NULL)
		message_show(l, from->watch.fd, flow_direction(from), from->conn->number, data, length, false);
	if (result == HAND_BLOCKED || result == HAND_LATER) {
		from->held = held_new(l, parcel);
		if (from->held == NULL) {
			loop_say(l, from->conn->number, "no memory for a message");
			result = HAND_REFUSED;
		}
	}
	drop_message(l, result == HAND_DONE);
	return flow_handed(l, from, result);
}

static bool
socket_hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* The sender has ended; if it also reads no more, nothing is left for either. */
static void
flow_end(struct loop *l, struct side *from)
{
	struct side *to = side_other(from);

	if (l->options->show != NULL) {
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
		message_show(l, from->watch.fd, flow_direction(from), from->conn->number, l->buffer, 0, true);
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
flow_stops(struct loop *l, struct side *from, enum take take)
{
	switch (take) {
	case TAKE_MESSAGE:
	case TAKE_NOTHING:
		break;
	case TAKE_BLOCKED:
		from->full = true;
		break;
	case TAKE_LATER:
		from->later = true;
		conn_wait(l, from->conn);
		break;
	case TAKE_END:
		flow_end(l, from);
		break;
	case TAKE_LOST:
		loop_say(l, from->conn->number, "descriptors were lost on the way here (open files: %llu of %llu): cut",
		    (unsigned long long)l->descriptors, (unsigned long long)l->limit);
		drop_message(l, false);
		conn_close(l, from->conn);
		break;
	case TAKE_RESET:
	default:
		/* A peer that broke off is its own affair. */
		if (errno != ECONNRESET && errno != EPIPE)
			loop_say(l, from->conn->number, "receive: %s: cut", strerror(errno));
		drop_message(l, false);
		conn_close(l, from->conn);
		break;
	}
}

/* Carries one message. False if there is nothing more to do now. */
static bool
flow_step(struct loop *l, struct side *from)
{
	struct parcel parcel;
	enum take take;

	if (from->held != NULL && !flow_held(l, from))
		return false;
	if (from->lost) {
		flow_stops(l, from, TAKE_LOST);
		return false;
	}
	take = l->front.type == SOCK_STREAM ? stream_take(l, from, &parcel) : packet_take(l, from, &parcel);
	if (take == TAKE_MESSAGE)
		return flow_pass(l, from, &parcel);
	flow_stops(l, from, take);
	return false;
}

/* Carries several, and takes them from ROUNDS. */
static bool
flow_batch(struct loop *l, struct side *from, size_t *rounds)
{
	enum take take = batch_take(l, from);
	int err = errno;

	*rounds -= batch_count(l) < *rounds ? batch_count(l) : *rounds;
	if (!flow_handed(l, from, batch_hand(l, from))) {
		/* An end is found again. */
		from->lost = take == TAKE_LOST;
		drop_message(l, false);
		return false;
	}
	errno = err;
	flow_stops(l, from, take);
	return take == TAKE_MESSAGE;
}

static bool
flow_next(struct loop *l, struct side *from, size_t *rounds)
{
	if (batch_suits(l, from))
		return flow_batch(l, from, rounds);
	--*rounds;
	return flow_step(l, from);
}

static void
flow_run(struct loop *l, struct side *from)
{
	struct conn *conn = from->conn;
	size_t rounds;

	/* Who speaks twice in a row may well have more to say; who is answered each time has not. */
	conn->eager = conn->last == from->index;
	conn->last = from->index;
	l->awake.answer_due |= !conn->eager;
	/* Only for the first message is it known that the sender had not ended before it. */
	rounds = l->front.type == SOCK_STREAM ? ROUNDS : 1;
	while (rounds > 0 && flow_next(l, from, &rounds) && (conn->eager || from->bulk))
		;
	conn_settle(l, conn);
}

static void
side_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct side *side = (struct side *)(void *)watch, *other = side_other(side);

	if (events & EPOLLPRI)
		side->urgent = true;
	if (events & (EPOLLRDHUP | END_EVENTS))
		side->hung_up = true;
	if ((events & (EPOLLOUT | END_EVENTS)) && (other->held != NULL || other->full) && !other->later) {
		other->full = false;
		flow_run(l, other);
		if (!conn_is_open(side->conn))
			return;
	}
	if (side->ended) {
		if (events & END_EVENTS)
			conn_close(l, side->conn);
	} else if ((events & ~(uint32_t)EPOLLOUT) != 0 && side->held == NULL && !side->later && !side->full)
		flow_run(l, side);
}

/* --- the beginning */

static int
server_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;

	(void)fail;
	socket_prepare(l, fd, l->options->back->kind == ADDR_FD);
	return 0;
}

static void
side_open(struct side *side, int fd)
{
	int domain = AF_UNIX;
	socklen_t size = sizeof(domain);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	side->foreign = domain != AF_UNIX;
	side->watch.fd = fd;
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
		return endpoint_open(ep, l->options->back, options, fail);
	if (identity_assume(&own, conn->side[0].watch.fd) == -1)
		rc = fail_errno(fail, "connect in the client's name");
	else
		rc = endpoint_open(ep, l->options->back, options, fail);
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
	options.type = l->front.type;
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
	side_open(&conn->side[1], ep.fd);
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
		conn->side[i].conn = conn;
		conn->side[i].index = i;
		conn->side[i].watch.fd = -1;
		conn->side[i].watch.ready = side_ready;
	}
	conn->number = ++l->accepted;
	conn->last = 2;
	conn->connecting = true;
	if (l->options->back_options.retry != 0)
		conn->give_up = l->options->back_options.retry == FDPASS_NEVER ? FDPASS_NEVER :
		    fdpass_deadline(l->options->back_options.retry);
	link_init(&conn->waiting);
	link_add(&l->conns, &conn->all);
	l->open++;
	l->descriptors += 2;
	side_open(&conn->side[0], client);
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
		struct side *side = &conn->side[i];

		held_free(l, side->held);
		side->held = NULL;
		if (side->watch.fd == -1)
			continue;
		/* Closing takes it out of the set only if nobody else has it open. */
		(void)watch_set(l, &side->watch, 0);
		drop_socket(l, side->watch.fd, side->drained);
		side->watch.fd = -1;
	}
	link_remove(&conn->waiting);
	link_remove(&conn->all);
	/* Events that were fetched already may still speak of it. */
	link_add(&l->dead, &conn->all);
	l->open--;
	l->descriptors -= 2;
	l->crowded = false;
	front_admit(l);
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
		if (conn->side[i].later) {
			conn->side[i].later = false;
			flow_run(l, &conn->side[i]);
		}
}
