/* SPDX-License-Identifier: ISC */
/* Declarations for datagrams. dgram.c forwards datagrams, senders.c manages the list of their senders. */
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
	struct link all;    /* in dgram.senders, where the sender with the longest inactivity is first */
	struct sender *next;
	struct pending *pending; /* a reply that the sender's socket has not accepted yet */
	bool later;		 /* reading replies is delayed until more descriptor numbers are free */
	uint64_t number;
	socklen_t addrlen; /* length of the sender's address; 0: the sender has no address */
	struct sockaddr_un address;
};

struct dgram {
	struct watch watch; /* watch of the first ADDRESS */
	struct link senders, dead;
	struct sender *buckets[BUCKETS];
	size_t count;
	struct pending *pending; /* a datagram that the server's queue has not accepted yet */
	struct sender *held_by;	 /* the sender of the pending datagram */
	int64_t retry_at;	 /* time until which reading is paused; FDPASS_NEVER: not paused */
	bool later;		 /* reading datagrams is delayed until more descriptor numbers are free */
	bool server_away;	 /* a warning about a missing server was printed */
};

/* --- functions of dgram.c */

/* Enables reading from clients only while a datagram could be forwarded. */
void dgram_settle(struct loop *l);

/*
 * Changes the events of WATCH. If this fails, stops the relay with an error, because the socket would not be served any
 * more.
 */
void dgram_watch(struct loop *l, struct watch *watch, uint32_t events);

/* Handles events of a socket to the server. */
void sender_ready(struct loop *l, struct watch *watch, uint32_t events);

/* --- functions of senders.c */

/*
 * Returns the sender of loop->msg, after moving it to the end of the list. Returns NULL if there is no memory for a new
 * sender.
 */
struct sender *sender_find(struct loop *l);

/*
 * Connects a socket to the server for S, which must be the last sender of the list. Returns -1 if no server is
 * available, and prints a warning once.
 */
int sender_connect(struct loop *l, struct sender *s);
void sender_disconnect(struct loop *l, struct sender *s);

/*
 * Enables reading replies only while they could be forwarded. If a datagram is pending for the server, waits until the
 * socket is writable.
 */
void sender_settle(struct loop *l, struct sender *s);

/* Removes S with its pending datagrams. senders_free_dead() frees S later, when no event can refer to it any more. */
void sender_end(struct loop *l, struct sender *s);
void senders_free_dead(struct loop *l);

#endif
