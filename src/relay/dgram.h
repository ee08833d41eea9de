/* SPDX-License-Identifier: ISC */
/* Declarations for datagrams: dgram.c forwards them, senders.c keeps a list of their senders. */
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
	struct watch watch; /* watch of the socket to the server */
	struct link all;    /* in dgram.senders, in which the sender that has been silent longest is first */
	struct sender *next;
	struct pending *pending; /* a reply that the sender has no room for */
	bool later;		 /* too few descriptor numbers are free for a reply */
	uint64_t number;
	socklen_t addrlen; /* length of its address; 0: it has none */
	struct sockaddr_un address;
};

struct dgram {
	struct watch watch; /* watch of the first ADDRESS */
	struct link senders, dead;
	struct sender *buckets[BUCKETS];
	size_t count;
	struct pending *pending; /* a datagram that does not fit into the server's queue ... */
	struct sender *held_by;	 /* ... and its sender */
	int64_t retry_at;	 /* time until which reading is paused; FDPASS_NEVER: not paused */
	bool later;		 /* too few descriptor numbers are free for another datagram */
	bool server_away;	 /* a warning about a missing server was printed */
};

/* --- functions of dgram.c */

/* Waits for datagrams of clients only while one could be forwarded. */
void dgram_settle(struct loop *l);

/* Changes the events of WATCH. If that fails, the loop ends, because the watch could never continue. */
void dgram_watch(struct loop *l, struct watch *watch, uint32_t events);

/* Called when the socket to the server is readable or writable. */
void sender_ready(struct loop *l, struct watch *watch, uint32_t events);

/* --- functions of senders.c */

/* Returns the sender of loop->msg, moved to the end of the list, or NULL if there is no memory for a new one. */
struct sender *sender_find(struct loop *l);

/*
 * Connects a socket to the server for S, the last of the list. Returns -1 if there is no server; that is reported once.
 */
int sender_connect(struct loop *l, struct sender *s);
void sender_disconnect(struct loop *l, struct sender *s);

/* Waits for replies only while they could be forwarded, and for room in the server's socket if a datagram needs it. */
void sender_settle(struct loop *l, struct sender *s);

/* Removes S with its pending datagrams. senders_free_dead() frees it, when no event can refer to it any more. */
void sender_end(struct loop *l, struct sender *s);
void senders_free_dead(struct loop *l);

#endif
