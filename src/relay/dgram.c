/* SPDX-License-Identifier: ISC */
/*
 * Datagrams, which know no connections: whoever sends from an address of its own gets a socket towards the server of its
 * own, so that the server's answers find the way back. Senders without an address share one; nobody can answer them.
 */
#include <errno.h>
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
#define PAUSE  10000000 /* 10 ms */

void
dgram_watch(struct loop *l, struct watch *watch, uint32_t events)
{
	if (watch_set(l, watch, events) || l->failed)
		return;
	(void)fail_errno(l->fail, "watch a socket");
	l->failed = true;
}

void
dgram_settle(struct loop *l)
{
	dgram_watch(l, &l->dgram->watch, l->dgram->pending == NULL && !l->dgram->later ? EPOLLIN : 0);
}

static void
wait_a_moment(struct dgram *d)
{
	if (d->retry_at == FDPASS_NEVER)
		d->retry_at = fdpass_deadline(PAUSE);
}

/* --- towards the server */

/* Sends on what the front brought. A server that was started again has another socket at the same address. */
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

/* Hands an answer on to who it is for. */
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
			loop_warn(l, s->number, "no memory for a datagram");
		wait_a_moment(l->dgram);
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
		loop_warn(l, s->number, "descriptors were lost on the way here: the datagram is dropped");
	else if (take == READ_LATER) {
		s->later = true;
		wait_a_moment(l->dgram);
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

/* --- from the front */

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

/* False if no more can be taken now. *HANDED_ON: it arrived. */
static bool
listener_pass(struct loop *l, struct relay_message *p, bool *handed_on)
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
		loop_warn(l, 0, "no memory for another sender");
		return true;
	}
	result = sender_forward(l, s, p);
	*handed_on = result == FORWARD_DONE;
	trace_message(l, d->watch.fd, DIRECTION_IN, s->number, data, length, false);
	if (result != FORWARD_BLOCKED && result != FORWARD_LATER)
		return true;
	d->pending = pending_new(l, p);
	if (d->pending == NULL) {
		loop_warn(l, s->number, "no memory for a datagram");
		return true;
	}
	d->held_by = s;
	if (result == FORWARD_LATER)
		wait_a_moment(d);
	sender_settle(l, s);
	return false;
}

static void
listener_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct relay_message message;
	enum read_result take;
	int round;
	bool more = true, handed_on;

	(void)events;
	for (round = 0; more && round < ROUNDS && l->dgram->pending == NULL; round++) {
		take = packet_read(l, watch->fd, &message);
		if (take == READ_LATER) {
			l->dgram->later = true;
			wait_a_moment(l->dgram);
		} else if (take == READ_LOST)
			loop_warn(l, 0, "descriptors were lost on the way here: the datagram is dropped");
		handed_on = false;
		more = take == READ_MESSAGE ? listener_pass(l, &message, &handed_on) : take == READ_LOST;
		close_message(l, handed_on);
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
		wait_a_moment(d);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER)
		return;
	if (result == FORWARD_GONE)
		loop_warn(l, s->number, "the server went away: a datagram is lost");
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
		wait_a_moment(l->dgram);
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

	senders_bury(l);
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
		return fail_msg(fail, "%s: datagrams have no connections to count", l->options->listen_addr->text);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return fail_errno(fail, "relay datagrams");
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
