/* SPDX-License-Identifier: ISC */
/*
 * The incomplete deliveries of a datagram socket: collected descriptors and data that are not sufficient for a command
 * yet. Any process can send to a datagram socket, so each sender has a separate delivery: a command must not get
 * descriptors or data from several senders together with the identity of one sender.
 */
#ifndef RECEIVE_INCOMPLETE_H
#define RECEIVE_INCOMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/peer.h"
#include "receive/delivery.h"

struct incomplete {
	struct delivery *list; /* the deliveries of all other senders; NULL: no other sender has been seen */
	size_t count;
	bool warned; /* the warning that there are several senders has been printed */
};

/*
 * Sets *CURRENT to the delivery of SENDER, and stores the previous *CURRENT in the list. DOMAIN is the address family
 * of the socket. On an AF_UNIX socket, a sender whose process is unknown gets an empty delivery, because the sender
 * could be any process. If WARN is true, warns when messages of a second sender arrive before the delivery of the first
 * one is complete. Returns 0, or -1 with *FAIL.
 */
int incomplete_select(struct incomplete *incomplete, struct delivery *current, const struct peer *sender, int domain,
    bool warn, struct fail *fail);

/*
 * Called if *CURRENT is incomplete after a message. If the sender is unknown, refuses the delivery with a warning,
 * because no later message can be assigned to the sender. Also refuses the delivery if its data needs too much memory.
 */
void incomplete_check(struct delivery *current, int domain);

/* Releases all deliveries in the list, and prints a warning for each of them. */
void incomplete_done(struct incomplete *incomplete);

#endif
