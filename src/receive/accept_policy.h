/* SPDX-License-Identifier: ISC */
/*
 * Whether a message that was received may be taken: complete, from somebody who may send, with descriptors of a kind that
 * is wanted.
 */
#ifndef RECEIVE_ACCEPT_POLICY_H
#define RECEIVE_ACCEPT_POLICY_H

#include <sys/types.h>

#include "base/fail.h"
#include "receive/receiver.h"

/* Finds out why descriptors of the message of NBYTES were lost, if any were, while all that came are still open. */
void policy_find_loss(struct receiver *receiver, const struct connection *connection, ssize_t nbytes);

/*
 * Judges the message. Notes who sent a datagram, as that is known from the message alone. Returns 0, or -1 with *FAIL if
 * it is refused.
 */
int policy_message(struct receiver *receiver, const struct connection *connection, struct fail *fail);

#endif
