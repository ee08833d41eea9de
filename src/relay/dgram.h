/* SPDX-License-Identifier: ISC */
/* Declarations for datagrams. dgram.c forwards datagrams; senders.c manages the list of senders. */
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
	struct link all;    /* position in the list dgram.senders, whose first member is the longest-inactive sender */
	struct sender *next;
	struct pending *pending; /* a reply that the sender's socket has not accepted yet */
	bool later;		 /* too few descriptor numbers were free for a reply, so replies are read later */
	uint64_t number;
	socklen_t addrlen; /* length of the sender's address; 0: the sender has no address */
	struct sockaddr_un address;
};

struct dgram {
	struct watch watch; /* watch of the socket at the first ADDRESS, on which clients send */
	struct link senders, dead;
	struct sender *buckets[BUCKETS];
	size_t count;
	struct pending *pending; /* a datagram that the server's queue has not accepted yet */
	struct sender *held_by;	 /* the sender of the datagram in PENDING */
	int64_t retry_at;	 /* time until which reading is paused; FDPASS_NEVER: not paused */
	bool later;		 /* too few descriptor numbers were free for a datagram, so datagrams are read later */
	bool server_away;	 /* a warning was printed that connecting to the server has failed */
};

/* --- functions of dgram.c */

/* Waits for datagrams from clients only while the relay can forward a datagram. */
void dgram_settle(struct loop *l);

/*
 * Changes the events of WATCH. If the change fails, stops the relay with an error, because the relay could no longer
 * serve the socket.
 */
void dgram_watch(struct loop *l, struct watch *watch, uint32_t events);

/* Handles events of a sender's socket to the server. */
void sender_ready(struct loop *l, struct watch *watch, uint32_t events);

/* --- functions of senders.c */

/*
 * Returns the sender of loop->msg, and moves this sender to the end of the list. Adds a new sender to the list if
 * necessary. Returns NULL if there is not enough memory.
 */
struct sender *sender_find(struct loop *l);

/*
 * Connects a socket to the server for S, which must be the last sender of the list. If connecting fails, prints a
 * warning (once until a connect succeeds) and returns -1.
 */
int sender_connect(struct loop *l, struct sender *s);
void sender_disconnect(struct loop *l, struct sender *s);

/*
 * Updates the epoll events of S's socket to the server. Waits for replies only while the relay can forward a reply. If
 * a datagram of S is pending, waits until the socket is writable.
 */
void sender_settle(struct loop *l, struct sender *s);

/* Removes S and its pending datagrams. When no event can refer to S any more, senders_free_dead() frees S. */
void sender_end(struct loop *l, struct sender *s);
void senders_free_dead(struct loop *l);

#endif
