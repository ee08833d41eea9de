/* SPDX-License-Identifier: ISC */
/* The list of datagram senders. Each sender has its address and a socket to the server. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/receive.h"
#include "relay/dgram.h"
#include "relay/internal.h"

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

void
sender_settle(struct loop *l, struct sender *s)
{
	uint32_t events = s->pending == NULL && !s->later ? EPOLLIN : 0;

	if (l->dgram->held_by == s)
		events |= EPOLLOUT;
	dgram_watch(l, &s->watch, events);
}

void
sender_disconnect(struct loop *l, struct sender *s)
{
	if (s->watch.fd == -1)
		return;
	(void)watch_set(l, &s->watch, 0);
	close_socket(s->watch.fd, false);
	s->watch.fd = -1;
	l->descriptors--;
}

void
sender_end(struct loop *l, struct sender *s)
{
	struct dgram *d = l->dgram;
	struct sender **at;

	for (at = &d->buckets[address_hash(&s->address, s->addrlen)]; *at != NULL; at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			break;
		}
	if (d->held_by == s) {
		pending_free(l, d->pending);
		d->pending = NULL;
		d->held_by = NULL;
		dgram_settle(l);
	}
	pending_free(l, s->pending);
	sender_disconnect(l, s);
	link_remove(&s->all);
	/*
	 * Events that epoll_wait(2) has already returned may still refer to the sender, so the sender is freed later.
	 */
	link_add(&d->dead, &s->all);
	d->count--;
}

static int
sender_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct sender *s = LINK_OWNER(l->dgram->senders.prev, struct sender, all);

	if (l->options->connect_addr->kind == ADDR_FD) {
		socket_prepare(l, fd, true);
		return 0;
	}
	/*
	 * The relay binds its socket to the server only to receive replies. If the sender has no address, it cannot
	 * receive replies, so the socket is not bound.
	 */
	if (s->addrlen == 0)
		return 0;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) == -1)
		return fail_errno(fail, "cannot bind a socket for replies");
	socket_prepare(l, fd, false);
	return 0;
}

int
sender_connect(struct loop *l, struct sender *s)
{
	struct endpoint_options options = l->options->back_options;
	struct endpoint ep = ENDPOINT_NONE;
	struct fail fail;

	options.role = ROLE_CONNECT;
	options.role_given = true;
	options.type = SOCK_DGRAM;
	options.retry = 0;
	options.deadline = 0;
	options.prepare = sender_prepare;
	options.arg = l;
	if (endpoint_open(&ep, l->options->connect_addr, &options, &fail) == -1) {
		if (!l->dgram->server_away)
			loop_warn(l, s->number, "%s: datagrams are dropped until a server listens", fail.text);
		l->dgram->server_away = true;
		return -1;
	}
	l->dgram->server_away = false;
	s->watch.fd = ep.fd;
	l->descriptors++;
	sender_settle(l, s);
	return 0;
}

static void
room_make(struct loop *l)
{
	struct dgram *d = l->dgram;
	uint64_t reserve = receive_reserve(l->limit);

	while (d->count > 0 &&
	    ((l->options->max_connections != 0 && d->count >= l->options->max_connections) ||
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

/*
 * Returns the only sender of the list, which represents all clients if the socket to the server is inherited. Replies
 * go to the address from which the last datagram came.
 */
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

struct sender *
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
	if (l->options->connect_addr->kind == ADDR_FD)
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

void
senders_free_dead(struct loop *l)
{
	struct dgram *d = l->dgram;

	while (d->dead.next != &d->dead) {
		struct sender *s = LINK_OWNER(d->dead.next, struct sender, all);

		link_remove(&s->all);
		free(s);
	}
}
