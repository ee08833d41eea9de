/* SPDX-License-Identifier: ISC */
/*
 * Forwards datagrams. Datagram sockets have no connections, so the relay uses a separate socket to the server for each
 * sender that has an address, and forwards the server's replies on this socket to the sender. Senders without an
 * address cannot receive replies, so they share one socket to the server.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "relay/dgram.h"
#include "relay/internal.h"

#define ROUNDS 16
#define PAUSE  10000000 /* 10 ms, in nanoseconds */

static const char refused_text[] = "refused: the user or group IDs of a datagram's sender differ from the relay's, "
				   "and the relay cannot forward other IDs (see --own-creds)";

void
dgram_watch(struct loop *l, struct watch *watch, uint32_t events)
{
	if (watch_set(l, watch, events) || l->failed)
		return;
	(void)fail_errno(l->fail, "cannot poll a socket");
	l->failed = true;
}

void
dgram_settle(struct loop *l)
{
	dgram_watch(l, &l->dgram->watch, l->dgram->pending == NULL && !l->dgram->later ? EPOLLIN : 0);
}

static void
pause_begin(struct dgram *d)
{
	if (d->retry_at == FDPASS_NEVER)
		d->retry_at = fdpass_deadline(PAUSE);
}

/* --- replies from the server */

/*
 * Forwards a datagram to the server. If the server has closed its socket, connects to the server's new socket at the
 * same address and tries again.
 */
static enum forward_result
sender_forward(struct loop *l, struct sender *s, struct relay_message *p)
{
	enum forward_result result = FORWARD_GONE;

	if (s->watch.fd != -1)
		result = message_forward(l, s->watch.fd, p, s->number, NULL, 0);
	if (result != FORWARD_GONE || (s->watch.fd != -1 && l->options->connect_addr->kind == ADDR_FD))
		return result;
	sender_disconnect(l, s);
	if (sender_connect(l, s) == -1)
		return FORWARD_GONE;
	return message_forward(l, s->watch.fd, p, s->number, NULL, 0);
}

/* Forwards a reply from the server to the sender of the original datagram. */
static enum forward_result
answer_pass(struct loop *l, struct sender *s, struct relay_message *p)
{
	const char *data = p->data;
	size_t length = p->length;
	enum forward_result result = FORWARD_DONE;

	message_count(l, p->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	if (s->addrlen != 0)
		result = message_forward(
		    l, l->dgram->watch.fd, p, s->number, (struct sockaddr *)&s->address, s->addrlen);
	trace_message(l, s->watch.fd, DIRECTION_OUT, s->number, data, length, false);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER) {
		s->pending = pending_new(l, p);
		if (s->pending == NULL)
			loop_warn(l, s->number, "datagram dropped because no memory is available");
		pause_begin(l->dgram);
	}
	return result;
}

static void
sender_answers(struct loop *l, struct sender *s)
{
	struct relay_message message;
	enum read_result take = packet_read(l, s->watch.fd, &message);
	enum forward_result result = FORWARD_DONE;

	if (take == READ_MESSAGE)
		result = answer_pass(l, s, &message);
	else if (take == READ_LOST)
		loop_warn(l, s->number, "datagram dropped because its descriptors were lost on receipt");
	else if (take == READ_REFUSED)
		loop_warn(l, s->number, "%s", refused_text);
	else if (take == READ_LATER) {
		s->later = true;
		pause_begin(l->dgram);
	}
	close_message(l, take == READ_MESSAGE && result == FORWARD_DONE && s->addrlen != 0);
	if (result == FORWARD_GONE)
		sender_end(l, s);
	else
		sender_settle(l, s);
}

static void listener_resume(struct loop *l);

void
sender_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct sender *s = (struct sender *)(void *)watch;

	if ((events & (EPOLLOUT | EPOLLERR)) && l->dgram->held_by == s)
		listener_resume(l);
	if ((events & (EPOLLIN | EPOLLERR)) && s->watch.fd != -1 && s->pending == NULL)
		sender_answers(l, s);
}

/* --- datagrams from clients */

static bool
datagram_admitted(struct loop *l)
{
	struct peer sender;
	struct fail fail;

	if (l->options->admit == NULL)
		return true;
	peer_of_message(l->msg, &sender);
	if (l->options->admit(l->options->arg, &sender, &fail) == 0)
		return true;
	loop_warn(l, 0, "%s", fail.text);
	return false;
}

/*
 * Forwards to the server a datagram that was read from a client. Sets *FORWARDED if the server's socket has accepted
 * the datagram. Returns false if no more datagrams can be forwarded now.
 */
static bool
listener_pass(struct loop *l, struct relay_message *p, bool *forwarded)
{
	struct dgram *d = l->dgram;
	const char *data = p->data;
	size_t length = p->length;
	struct sender *s;
	enum forward_result result;

	if (!datagram_admitted(l))
		return true;
	message_count(l, p->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	s = sender_find(l);
	if (s == NULL) {
		loop_warn(l, 0, "datagram dropped because no memory is available for another sender");
		return true;
	}
	result = sender_forward(l, s, p);
	*forwarded = result == FORWARD_DONE;
	trace_message(l, d->watch.fd, DIRECTION_IN, s->number, data, length, false);
	if (result != FORWARD_BLOCKED && result != FORWARD_LATER)
		return true;
	d->pending = pending_new(l, p);
	if (d->pending == NULL) {
		loop_warn(l, s->number, "datagram dropped because no memory is available");
		return true;
	}
	d->held_by = s;
	if (result == FORWARD_LATER)
		pause_begin(d);
	sender_settle(l, s);
	return false;
}

static void
listener_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct relay_message message;
	enum read_result take;
	int round;
	bool more = true, forwarded;

	(void)events;
	for (round = 0; more && round < ROUNDS && l->dgram->pending == NULL; round++) {
		take = packet_read(l, watch->fd, &message);
		if (take == READ_LATER) {
			l->dgram->later = true;
			pause_begin(l->dgram);
		} else if (take == READ_LOST)
			loop_warn(l, 0, "datagram dropped because its descriptors were lost on receipt");
		else if (take == READ_REFUSED)
			loop_warn(l, 0, "%s", refused_text);
		forwarded = false;
		more = take == READ_MESSAGE ? listener_pass(l, &message, &forwarded) :
					      take == READ_LOST || take == READ_REFUSED;
		close_message(l, forwarded);
	}
	dgram_settle(l);
}

static void
listener_resume(struct loop *l)
{
	struct dgram *d = l->dgram;
	struct sender *s = d->held_by;
	enum forward_result result;

	result = pending_forward(l, d->pending, s->watch.fd, s->number, NULL, 0);
	if (result == FORWARD_LATER)
		pause_begin(d);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER)
		return;
	if (result == FORWARD_GONE)
		loop_warn(l, s->number, "datagram dropped because the server has closed its socket");
	pending_free(l, d->pending);
	d->pending = NULL;
	d->held_by = NULL;
	sender_settle(l, s);
	dgram_settle(l);
}

/* --- */

static void
sender_retry(struct loop *l, struct sender *s)
{
	enum forward_result result;

	result = pending_forward(
	    l, s->pending, l->dgram->watch.fd, s->number, (struct sockaddr *)&s->address, s->addrlen);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER) {
		pause_begin(l->dgram);
		return;
	}
	pending_free(l, s->pending);
	s->pending = NULL;
	if (result == FORWARD_GONE)
		sender_end(l, s);
	else
		sender_settle(l, s);
}

void
dgram_retry(struct loop *l)
{
	struct dgram *d = l->dgram;
	struct link *link, *next;

	senders_free_dead(l);
	if (d->retry_at > fdpass_deadline(0))
		return;
	d->retry_at = FDPASS_NEVER;
	d->later = false;
	if (d->pending != NULL)
		listener_resume(l);
	dgram_settle(l);
	for (link = d->senders.next; link != &d->senders; link = next) {
		struct sender *s = LINK_OWNER(link, struct sender, all);

		next = link->next;
		if (s->pending != NULL)
			sender_retry(l, s);
		else if (s->later) {
			s->later = false;
			sender_settle(l, s);
		}
	}
}

int64_t
dgram_next(const struct loop *l)
{
	return l->dgram->retry_at;
}

int
dgram_start(struct loop *l, struct fail *fail)
{
	struct dgram *d;

	if (l->options->connections != 0)
		return fail_msg(fail, "%s: --connections cannot be used with datagrams", l->options->listen_addr->text);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return fail_errno(fail, "cannot allocate memory");
	link_init(&d->senders);
	link_init(&d->dead);
	d->retry_at = FDPASS_NEVER;
	d->watch.fd = l->listen_endpoint->fd;
	d->watch.ready = listener_ready;
	l->dgram = d;
	dgram_watch(l, &d->watch, EPOLLIN);
	return l->failed ? -1 : 0;
}

void
dgram_warn_lost(struct loop *l)
{
	const struct dgram *d = l->dgram;
	struct pollfd queue = { .fd = d->watch.fd, .events = POLLIN };

	if (d->pending != NULL || (poll(&queue, 1, 0) == 1 && (queue.revents & POLLIN) != 0))
		loop_warn(l, 0, "stopping: datagrams that the server has not received yet are lost");
}

void
dgram_stop(struct loop *l)
{
	struct dgram *d = l->dgram;

	while (d->senders.next != &d->senders)
		sender_end(l, LINK_OWNER(d->senders.next, struct sender, all));
	d->retry_at = FDPASS_NEVER;
	dgram_retry(l);
	free(d);
	l->dgram = NULL;
}
