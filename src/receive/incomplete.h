/* SPDX-License-Identifier: ISC */
/*
 * The incomplete deliveries of a datagram socket. Any process can send to such a socket, so each sender has a delivery
 * of its own: a command must not get descriptors or data of several senders with the identity of one sender.
 */
#ifndef RECEIVE_INCOMPLETE_H
#define RECEIVE_INCOMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/peer.h"
#include "receive/delivery.h"

struct incomplete {
	struct delivery *list; /* the deliveries of the other senders; NULL: there were no other senders yet */
	size_t count;
	bool warned; /* a warning was printed that there are several senders */
};

/*
 * Exchanges *CURRENT so that it is the delivery of SENDER, whose message was received on a socket of the address family
 * DOMAIN. On an AF_UNIX socket, a sender whose process is unknown gets an empty delivery, because it could be any
 * process. If WARN is true, warns when messages of a second sender arrive before the delivery of the first one is
 * complete. Returns 0, or -1 with *FAIL.
 */
int incomplete_select(struct incomplete *incomplete, struct delivery *current, const struct peer *sender, int domain,
    bool warn, struct fail *fail);

/*
 * Called if *CURRENT is incomplete after a message. Refuses it with a warning if its sender is unknown, because no
 * later message can be assigned to this sender, or if its data needs too much memory.
 */
void incomplete_check(struct delivery *current, int domain);

/* Releases the deliveries of the other senders. Prints a warning for each released delivery. */
void incomplete_done(struct incomplete *incomplete);

#endif
