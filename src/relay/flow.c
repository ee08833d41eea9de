/* SPDX-License-Identifier: ISC */
/* The two flows of a connection: from the client to the server, and from the server to the client. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/fdpass.h"
#include "net/peek.h"
#include "relay/internal.h"

#define ROUNDS	   16	    /* maximum number of messages to forward for one flow before other flows are served */
#define PAUSE	   10000000 /* nanoseconds that a flow stays in FLOW_PAUSED */
#define IN_EVENTS  (EPOLLIN | EPOLLRDHUP)
#define END_EVENTS (EPOLLHUP | EPOLLERR)

static enum message_direction
flow_direction(const struct half *from)
{
	return from->index == 0 ? DIRECTION_IN : DIRECTION_OUT;
}

/*
 * Returns the epoll events for the socket of HALF, which depend on the flow from this socket and on the flow to this
 * socket.
 */
static uint32_t
half_events(const struct loop *l, const struct half *half)
{
	uint32_t events = 0;

	if (half->state == FLOW_ENDED)
		events |= END_EVENTS;
	else if (half->state == FLOW_READING)
		events |= IN_EVENTS | (l->listen_endpoint->type == SOCK_STREAM && !half->foreign ? EPOLLPRI : 0);
	if (half_other(half)->state == FLOW_BLOCKED)
		events |= EPOLLOUT;
	return events;
}

void
conn_settle(struct loop *l, struct conn *conn)
{
	size_t i;

	if (!conn_is_open(conn) || conn_is_connecting(conn))
		return;
	for (i = 0; i < 2; i++) {
		if (watch_set(l, &conn->half[i].watch, half_events(l, &conn->half[i])))
			continue;
		/* The connection is closed, because without the right epoll events it could never continue. */
		loop_warn(l, conn->number, "closed because a socket cannot be polled: %s", strerror(errno));
		conn_close(l, conn);
		return;
	}
}

static void
flow_pause(struct loop *l, struct half *from)
{
	struct conn *conn = from->conn;

	from->state = FLOW_PAUSED;
	conn->retry_at = fdpass_deadline(PAUSE);
	link_remove(&conn->waiting);
	link_add(&l->paused, &conn->waiting);
}

/*
 * Ends the flow because the receiver has closed its socket. Shuts down reading on the sender's connection, so that the
 * sender's next write fails with EPIPE.
 */
static void
flow_gone(struct loop *l, struct half *from)
{
	pending_free(l, from->pending);
	from->pending = NULL;
	from->state = FLOW_ENDED;
	if (half_other(from)->state == FLOW_ENDED || l->listen_endpoint->type == SOCK_DGRAM)
		conn_close(l, from->conn);
	else
		(void)shutdown(from->watch.fd, SHUT_RD);
}

/*
 * Changes the state of the flow after an attempt to forward a message has returned RESULT. Returns true if the flow can
 * continue now.
 */
static bool
flow_forwarded(struct loop *l, struct half *from, enum forward_result result)
{
	switch (result) {
	case FORWARD_DONE:
		return true;
	case FORWARD_BLOCKED:
		from->state = FLOW_BLOCKED;
		return false;
	case FORWARD_LATER:
		flow_pause(l, from);
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
flow_forward_pending(struct loop *l, struct half *from)
{
	enum forward_result result = FORWARD_DONE;

	while (from->pending != NULL && result == FORWARD_DONE) {
		result = pending_forward(l, from->pending, half_other(from)->watch.fd, from->conn->number, NULL, 0);
		if (result == FORWARD_DONE)
			from->pending = pending_end(l, from->pending);
	}
	return flow_forwarded(l, from, result);
}

static enum forward_result
flow_send(struct loop *l, struct half *from, struct relay_message *message)
{
	const struct half *to = half_other(from);

	if (!to->foreign)
		return message_forward(l, to->watch.fd, message, from->conn->number, NULL, 0);
	if (message->fd_count > 0) {
		loop_warn(l, from->conn->number,
		    "%zu descriptors cannot be forwarded because the receiver is not an AF_UNIX socket",
		    message->fd_count);
		return FORWARD_REFUSED;
	}
	message->has_cred = false;
	return message_forward(l, to->watch.fd, message, from->conn->number, NULL, 0);
}

static bool
flow_forward(struct loop *l, struct half *from, struct relay_message *message)
{
	const char *data = message->data;
	size_t length = message->length;
	enum forward_result result;

	message_count(l, message->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	result = flow_send(l, from, message);
	if (l->options->show != NULL)
		trace_message(l, from->watch.fd, flow_direction(from), from->conn->number, data, length, false);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER) {
		from->pending = pending_new(l, message);
		if (from->pending == NULL) {
			loop_warn(l, from->conn->number, "closed because no memory is available for a message");
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

/*
 * Handles end of file on FROM. Closes the connection if the opposite flow has ended or the sender no longer reads data.
 * If the opposite flow can still carry data, passes the end of file to the receiver (half-close).
 */
static void
flow_end(struct loop *l, struct half *from)
{
	struct half *to = half_other(from);

	if (l->options->show != NULL) {
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
		trace_message(l, from->watch.fd, flow_direction(from), from->conn->number, l->buffer, 0, true);
	}
	fdpass_msg_done(l->msg);
	from->state = FLOW_ENDED;
	from->drained = true;
	if (to->state == FLOW_ENDED || socket_hung_up(from->watch.fd))
		conn_close(l, from->conn);
	else
		(void)shutdown(to->watch.fd, SHUT_WR);
}

/* Changes the state of the flow after a read has returned RESULT with errno. READ_MESSAGE changes nothing. */
static void
flow_not_read(struct loop *l, struct half *from, enum read_result result)
{
	switch (result) {
	case READ_MESSAGE:
	case READ_NOTHING:
		break;
	case READ_BLOCKED:
		from->state = FLOW_BLOCKED;
		break;
	case READ_LATER:
		flow_pause(l, from);
		break;
	case READ_END:
		flow_end(l, from);
		break;
	case READ_LOST:
		loop_warn(l, from->conn->number,
		    "closed because descriptors were lost on receipt (%llu files are open, and the limit is %llu)",
		    (unsigned long long)l->descriptors, (unsigned long long)l->limit);
		close_message(l, false);
		conn_close(l, from->conn);
		break;
	case READ_REFUSED:
		loop_warn(l, from->conn->number,
		    "closed because a message was refused: the user or group IDs of its sender differ from the "
		    "relay's, and the relay cannot forward other IDs (see --own-creds)");
		close_message(l, false);
		conn_close(l, from->conn);
		break;
	case READ_RESET:
	default:
		/*
		 * No warning is printed if a peer has reset the connection, because a reset is not an error of the
		 * relay.
		 */
		if (errno != ECONNRESET && errno != EPIPE)
			loop_warn(l, from->conn->number, "closed because receiving failed: %s", strerror(errno));
		close_message(l, false);
		conn_close(l, from->conn);
		break;
	}
}

/* Forwards one message. Returns true if another message may be queued. */
static bool
flow_step(struct loop *l, struct half *from)
{
	struct relay_message message;
	enum read_result result;

	if (from->pending != NULL && !flow_forward_pending(l, from))
		return false;
	if (from->next != READ_MESSAGE) {
		flow_not_read(l, from, from->next);
		return false;
	}
	result = l->listen_endpoint->type == SOCK_STREAM ? stream_read(l, from, &message) :
							   packet_read_half(l, from, &message);
	if (result == READ_MESSAGE)
		return flow_forward(l, from, &message);
	flow_not_read(l, from, result);
	return false;
}

/*
 * Forwards a batch of messages, and subtracts their number from *ROUNDS. Returns true if further messages may be
 * queued.
 */
static bool
flow_batch(struct loop *l, struct half *from, size_t *rounds)
{
	enum read_result result = batch_read(l, from);
	int err = errno;

	*rounds -= batch_count(l) < *rounds ? batch_count(l) : *rounds;
	if (!flow_forwarded(l, from, batch_forward(l, from))) {
		/*
		 * A later read would return an end of file or an error again, but not READ_LOST or READ_REFUSED.
		 * Therefore, READ_LOST and READ_REFUSED are stored until the pending messages have been sent.
		 */
		if (result == READ_LOST || result == READ_REFUSED)
			from->next = (uint8_t)result;
		close_message(l, false);
		return false;
	}
	errno = err;
	flow_not_read(l, from, result);
	return result == READ_MESSAGE;
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

	from->state = FLOW_READING;
	/*
	 * If two messages in succession came from one socket, the sender probably sends more messages, so this socket
	 * is read again before the relay waits for events. If client and server send alternately, an additional read
	 * would return no message.
	 */
	conn->eager = conn->last_sender == from->index;
	conn->last_sender = from->index;
	l->busy_poll.answer_due |= !conn->eager;
	/*
	 * On a packet socket, the hung_up flag is valid only for the first message after an event, so only one message
	 * is read.
	 */
	rounds = l->listen_endpoint->type == SOCK_STREAM ? ROUNDS : 1;
	while (rounds > 0 && flow_next(l, from, &rounds) && (conn->eager || from->guess == GUESS_BULK))
		;
	conn_settle(l, conn);
}

static bool
socket_has_data(int fd, int type)
{
	int queued;

	if (type == SOCK_STREAM)
		return ioctl(fd, FIONREAD, &queued) == -1 || queued > 0;
	return peek_message(fd) != 0;
}

/*
 * Called if the client has hung up before the relay has connected it to the server. If the client has sent messages,
 * the connection stays open, so that the relay can forward these messages later.
 */
static void
client_hung_up(struct loop *l, struct half *client)
{
	if (!socket_has_data(client->watch.fd, l->listen_endpoint->type))
		conn_close(l, client->conn);
	else
		(void)watch_set(l, &client->watch, 0);
}

void
half_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct half *half = (struct half *)(void *)watch, *other = half_other(half);

	if (events & EPOLLPRI)
		half->urgent = true;
	if (events & (EPOLLRDHUP | END_EVENTS))
		half->hung_up = true;
	if (conn_is_connecting(half->conn)) {
		client_hung_up(l, half);
		return;
	}
	if (other->state == FLOW_BLOCKED && (events & (EPOLLOUT | END_EVENTS)) != 0) {
		flow_run(l, other);
		if (!conn_is_open(half->conn))
			return;
	}
	if (half->state == FLOW_READING && (events & ~(uint32_t)EPOLLOUT) != 0)
		flow_run(l, half);
	else if (half->state == FLOW_ENDED && (events & END_EVENTS) != 0)
		conn_close(l, half->conn);
}

void
conn_resume(struct loop *l, struct conn *conn)
{
	size_t i;

	link_remove(&conn->waiting);
	for (i = 0; i < 2 && conn_is_open(conn); i++)
		if (conn->half[i].state == FLOW_PAUSED)
			flow_run(l, &conn->half[i]);
}
