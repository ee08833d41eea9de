/* SPDX-License-Identifier: ISC */
/* What the two files of datagrams share: dgram.c hands them on, senders.c knows who they are from. */
#ifndef RELAY_DGRAM_H
#define RELAY_DGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "relay/internal.h"

#define BUCKETS 256

struct sender {
	struct watch watch; /* the socket towards the server */
	struct link all;    /* the one not heard of for longest comes first */
	struct sender *next;
	struct pending *pending; /* an answer that the sender has no room for */
	bool later;		 /* there is no room for an answer's descriptors here */
	uint64_t number;
	socklen_t addrlen; /* 0: it has none */
	struct sockaddr_un address;
};

struct dgram {
	struct watch watch; /* the front */
	struct link senders, dead;
	struct sender *buckets[BUCKETS];
	size_t count;
	struct pending *pending; /* a message for the server, which has no room, by way of: */
	struct sender *held_by;
	int64_t retry_at; /* FDPASS_NEVER: nobody waits */
	bool later;	  /* there is no room for descriptors here */
	bool server_away; /* told already */
};

/* --- dgram.c */

/* Waits for the front only if something that it brings could be handed on. */
void dgram_settle(struct loop *l);

/* Changes what is waited for, or ends the loop: without an event nothing would ever go on. */
void dgram_watch(struct loop *l, struct watch *watch, uint32_t events);

/* The socket towards the server has something, or room. */
void sender_ready(struct loop *l, struct watch *watch, uint32_t events);

/* --- senders.c */

/* Who sent loop->msg, as the last of the list: heard just now. NULL: there is no memory for another one. */
struct sender *sender_find(struct loop *l);

/* Gives it, which must be the last of the list, a socket towards the server. -1 if there is no server; that is told once. */
int sender_connect(struct loop *l, struct sender *s);
void sender_disconnect(struct loop *l, struct sender *s);

/* Waits for answers only if they could be handed on, and for room at the server if that is what is missing. */
void sender_settle(struct loop *l, struct sender *s);

/* Forgets it, with what was pending for it. It is freed once no event can speak of it any more: senders_bury. */
void sender_end(struct loop *l, struct sender *s);
void senders_bury(struct loop *l);

#endif
