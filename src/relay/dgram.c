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
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "relay/internal.h"

#define BUCKETS 256
#define ROUNDS	16
#define PAUSE	10000000 /* 10 ms */

struct sender {
	struct watch watch; /* the socket towards the server */
	struct link all;    /* the one not heard of for longest comes first */
	struct sender *next;
	struct held *held; /* an answer that the sender has no room for */
	bool later;	   /* there is no room for an answer's descriptors here */
	uint64_t number;
	socklen_t addrlen; /* 0: it has none */
	struct sockaddr_un address;
};

struct dgram {
	struct watch watch; /* the front */
	struct link senders, dead;
	struct sender *buckets[BUCKETS];
	size_t count;
	struct held *held; /* a message for the server, which has no room, by way of: */
	struct sender *held_by;
	int64_t retry_at; /* FDPASS_NEVER: nobody waits */
	bool later;	  /* there is no room for descriptors here */
	bool server_away; /* told already */
};

static size_t
address_hash(const struct sockaddr_un *address, socklen_t addrlen)
{
	const unsigned char *at = (const unsigned char *)address;
	uint32_t hash = 2166136261;
	socklen_t i;

	for (i = 0; i < addrlen; i++)
		hash = (hash ^ at[i]) * 16777619;
	return hash % BUCKETS;
}

/* Without an event nothing would ever go on. */
static void
watch_surely(struct loop *l, struct watch *watch, uint32_t events)
{
	if (watch_set(l, watch, events) || l->failed)
		return;
	(void)fail_errno(l->fail, "watch a socket");
	l->failed = true;
}

static void
sender_settle(struct loop *l, struct sender *s)
{
	uint32_t events = s->held == NULL && !s->later ? EPOLLIN : 0;

	if (l->dgram->held_by == s)
		events |= EPOLLOUT;
	watch_surely(l, &s->watch, events);
}

static void
front_settle(struct loop *l)
{
	watch_surely(l, &l->dgram->watch, l->dgram->held == NULL && !l->dgram->later ? EPOLLIN : 0);
}

static void
wait_a_moment(struct dgram *d)
{
	if (d->retry_at == FDPASS_NEVER)
		d->retry_at = fdpass_deadline(PAUSE);
}

static void
sender_disconnect(struct loop *l, struct sender *s)
{
	if (s->watch.fd == -1)
		return;
	(void)watch_set(l, &s->watch, 0);
	drop_socket(l, s->watch.fd, false);
	s->watch.fd = -1;
	l->descriptors--;
}

static void
sender_end(struct loop *l, struct sender *s)
{
	struct dgram *d = l->dgram;
	struct sender **at = &d->buckets[address_hash(&s->address, s->addrlen)];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	if (d->held_by == s) {
		held_free(l, d->held);
		d->held = NULL;
		d->held_by = NULL;
		front_settle(l);
	}
	held_free(l, s->held);
	sender_disconnect(l, s);
	link_remove(&s->all);
	/* Events that were fetched already may still speak of it. */
	link_add(&d->dead, &s->all);
	d->count--;
}

/* --- towards the server */

static int
sender_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct sender *s = LINK_OWNER(l->dgram->senders.prev, struct sender, all);

	if (l->options->back->kind == ADDR_FD) {
		socket_prepare(l, fd, true);
		return 0;
	}
	/* Nobody can answer a sender without an address: it stays without one. */
	if (s->addrlen == 0)
		return 0;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) == -1)
		return fail_errno(fail, "take an address for answers");
	socket_prepare(l, fd, false);
	return 0;
}

/* S is the last in the list: it was heard just now. */
static int
sender_connect(struct loop *l, struct sender *s)
{
	struct endpoint_options options = l->options->back_options;
	struct endpoint ep = ENDPOINT_NONE;
	static struct fail fail;

	options.role = ROLE_CONNECT;
	options.role_given = true;
	options.type = SOCK_DGRAM;
	options.retry = 0;
	options.deadline = 0;
	options.prepare = sender_prepare;
	options.arg = l;
	if (endpoint_open(&ep, l->options->back, &options, &fail) == -1) {
		if (!l->dgram->server_away)
			loop_say(l, s->number, "%s: its datagrams are lost until that works", fail.text);
		l->dgram->server_away = true;
		return -1;
	}
	l->dgram->server_away = false;
	s->watch.fd = ep.fd;
	l->descriptors++;
	sender_settle(l, s);
	return 0;
}

/* Sends on what the front brought. A server that was started again has another socket at the same address. */
static enum hand
sender_hand(struct loop *l, struct sender *s, struct parcel *p)
{
	enum hand result = HAND_GONE;

	if (s->watch.fd != -1)
		result = parcel_hand(l, s->watch.fd, p, s->number, NULL, 0);
	if (result != HAND_GONE || (s->watch.fd != -1 && l->options->back->kind == ADDR_FD))
		return result;
	sender_disconnect(l, s);
	if (sender_connect(l, s) == -1)
		return HAND_GONE;
	return parcel_hand(l, s->watch.fd, p, s->number, NULL, 0);
}

/* Hands an answer on to who it is for. */
static enum hand
answer_pass(struct loop *l, struct sender *s, struct parcel *p)
{
	const char *data = p->data;
	size_t length = p->length;
	enum hand result = HAND_DONE;

	message_count(l, p->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	if (s->addrlen != 0)
		result = parcel_hand(l, l->dgram->watch.fd, p, s->number, (struct sockaddr *)&s->address, s->addrlen);
	message_show(l, s->watch.fd, DIRECTION_OUT, s->number, data, length, false);
	if (result == HAND_BLOCKED || result == HAND_LATER) {
		s->held = held_new(l, p);
		wait_a_moment(l->dgram);
	}
	return result;
}

static void
sender_answers(struct loop *l, struct sender *s)
{
	struct parcel parcel;
	enum take take = packet_read(l, s->watch.fd, &parcel);
	enum hand result = HAND_DONE;

	if (take == TAKE_MESSAGE)
		result = answer_pass(l, s, &parcel);
	else if (take == TAKE_LOST)
		loop_say(l, s->number, "descriptors were lost on the way here: the datagram is dropped");
	else if (take == TAKE_LATER) {
		s->later = true;
		wait_a_moment(l->dgram);
	}
	drop_message(l, take == TAKE_MESSAGE && result == HAND_DONE && s->addrlen != 0);
	if (result == HAND_GONE)
		sender_end(l, s);
	else
		sender_settle(l, s);
}

static void front_resume(struct loop *l);

static void
sender_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct sender *s = (struct sender *)(void *)watch;

	if ((events & (EPOLLOUT | EPOLLERR)) && l->dgram->held_by == s)
		front_resume(l);
	if ((events & (EPOLLIN | EPOLLERR)) && s->watch.fd != -1 && s->held == NULL)
		sender_answers(l, s);
}

/* --- from the front */

static void
room_make(struct loop *l)
{
	struct dgram *d = l->dgram;
	uint64_t reserve = l->limit / 4 < FDPASS_MAX_FDS ? l->limit / 4 : FDPASS_MAX_FDS;

	while (d->count > 0 && ((l->options->max_connections != 0 && d->count >= l->options->max_connections) ||
	    l->descriptors + 1 + reserve > l->limit))
		sender_end(l, LINK_OWNER(d->senders.next, struct sender, all));
}

static struct sender *
sender_new(struct loop *l, const struct sockaddr_un *address, socklen_t addrlen)
{
	struct dgram *d = l->dgram;
	struct sender *s, **bucket = &d->buckets[address_hash(address, addrlen)];

	room_make(l);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->watch.fd = -1;
	s->watch.ready = sender_ready;
	s->number = ++l->accepted;
	s->addrlen = addrlen;
	s->address = *address;
	s->next = *bucket;
	*bucket = s;
	link_add(&d->senders, &s->all);
	d->count++;
	return s;
}

/* With a socket towards the server that was handed in there is but one way back: to who was heard last. */
static struct sender *
sender_only(struct loop *l, const struct sockaddr_un *address, socklen_t addrlen)
{
	struct dgram *d = l->dgram;
	struct sender *s;

	if (d->count == 0)
		return sender_new(l, address, addrlen);
	s = LINK_OWNER(d->senders.next, struct sender, all);
	d->buckets[address_hash(&s->address, s->addrlen)] = NULL;
	s->address = *address;
	s->addrlen = addrlen;
	d->buckets[address_hash(address, addrlen)] = s;
	return s;
}

static struct sender *
sender_find(struct loop *l)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct sockaddr *from;
	struct sender *s;
	socklen_t addrlen;

	from = fdpass_msg_address(l->msg, &addrlen);
	if (from == NULL || addrlen <= sizeof(address.sun_family))
		addrlen = 0;
	if (addrlen > sizeof(address))
		addrlen = sizeof(address);
	if (addrlen > 0)
		memcpy(&address, from, addrlen);
	if (l->options->back->kind == ADDR_FD)
		return sender_only(l, &address, addrlen);
	for (s = l->dgram->buckets[address_hash(&address, addrlen)]; s != NULL; s = s->next)
		if (s->addrlen == addrlen && memcmp(&s->address, &address, addrlen) == 0)
			break;
	if (s == NULL)
		return sender_new(l, &address, addrlen);
	link_remove(&s->all);
	link_add(&l->dgram->senders, &s->all);
	return s;
}

static bool
datagram_admitted(struct loop *l)
{
	struct fdpass_cmsg item;
	struct ucred cred;
	static struct fail fail;
	size_t i;

	if (l->options->admit == NULL)
		return true;
	memset(&cred, 0xff, sizeof(cred));
	for (i = 0; i < fdpass_msg_count(l->msg); i++) {
		(void)fdpass_msg_item(l->msg, i, &item);
		if (item.level == SOL_SOCKET && item.type == SCM_CREDENTIALS && item.length == sizeof(cred))
			memcpy(&cred, item.data, sizeof(cred));
	}
	if (l->options->admit(l->options->arg, &cred, &fail) == 0)
		return true;
	loop_say(l, 0, "%s", fail.text);
	return false;
}

/* False if no more can be taken now. *HANDED_ON: it arrived. */
static bool
front_pass(struct loop *l, struct parcel *p, bool *handed_on)
{
	struct dgram *d = l->dgram;
	const char *data = p->data;
	size_t length = p->length;
	struct sender *s;
	enum hand result;

	if (!datagram_admitted(l))
		return true;
	message_count(l, p->fd_count, length);
	if (l->options->show != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &l->time);
	s = sender_find(l);
	if (s == NULL) {
		loop_say(l, 0, "no memory for another sender");
		return true;
	}
	result = sender_hand(l, s, p);
	*handed_on = result == HAND_DONE;
	message_show(l, d->watch.fd, DIRECTION_IN, s->number, data, length, false);
	if (result != HAND_BLOCKED && result != HAND_LATER)
		return true;
	d->held = held_new(l, p);
	if (d->held == NULL) {
		loop_say(l, s->number, "no memory for a datagram");
		return true;
	}
	d->held_by = s;
	if (result == HAND_LATER)
		wait_a_moment(d);
	sender_settle(l, s);
	return false;
}

static void
front_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct parcel parcel;
	enum take take;
	int round;
	bool more = true, handed_on;

	(void)events;
	for (round = 0; more && round < ROUNDS && l->dgram->held == NULL; round++) {
		take = packet_read(l, watch->fd, &parcel);
		if (take == TAKE_LATER) {
			l->dgram->later = true;
			wait_a_moment(l->dgram);
		} else if (take == TAKE_LOST)
			loop_say(l, 0, "descriptors were lost on the way here: the datagram is dropped");
		handed_on = false;
		more = take == TAKE_MESSAGE ? front_pass(l, &parcel, &handed_on) : take == TAKE_LOST;
		drop_message(l, handed_on);
	}
	front_settle(l);
}

static void
front_resume(struct loop *l)
{
	struct dgram *d = l->dgram;
	struct sender *s = d->held_by;
	enum hand result;

	result = held_hand(l, d->held, s->watch.fd, s->number, NULL, 0);
	if (result == HAND_LATER)
		wait_a_moment(d);
	if (result == HAND_BLOCKED || result == HAND_LATER)
		return;
	if (result == HAND_GONE)
		loop_say(l, s->number, "the server went away: a datagram is lost");
	held_free(l, d->held);
	d->held = NULL;
	d->held_by = NULL;
	sender_settle(l, s);
	front_settle(l);
}

/* --- */

static void
sender_retry(struct loop *l, struct sender *s)
{
	enum hand result;

	result = held_hand(l, s->held, l->dgram->watch.fd, s->number, (struct sockaddr *)&s->address, s->addrlen);
	if (result == HAND_BLOCKED || result == HAND_LATER) {
		wait_a_moment(l->dgram);
		return;
	}
	held_free(l, s->held);
	s->held = NULL;
	if (result == HAND_GONE)
		sender_end(l, s);
	else
		sender_settle(l, s);
}

void
dgram_retry(struct loop *l)
{
	struct dgram *d = l->dgram;
	struct link *link, *next;

	while (d->dead.next != &d->dead) {
		struct sender *s = LINK_OWNER(d->dead.next, struct sender, all);

		link_remove(&s->all);
		free(s);
	}
	if (d->retry_at > fdpass_deadline(0))
		return;
	d->retry_at = FDPASS_NEVER;
	d->later = false;
	if (d->held != NULL)
		front_resume(l);
	front_settle(l);
	for (link = d->senders.next; link != &d->senders; link = next) {
		struct sender *s = LINK_OWNER(link, struct sender, all);

		next = link->next;
		if (s->held != NULL)
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
		return fail_say(fail, "%s: datagrams have no connections to count", l->options->front->text);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return fail_errno(fail, "relay datagrams");
	link_init(&d->senders);
	link_init(&d->dead);
	d->retry_at = FDPASS_NEVER;
	d->watch.fd = l->front.fd;
	d->watch.ready = front_ready;
	l->dgram = d;
	watch_surely(l, &d->watch, EPOLLIN);
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
