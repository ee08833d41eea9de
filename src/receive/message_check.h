/* SPDX-License-Identifier: ISC */
/*
 * Access control for received messages: they must be complete, from an allowed sender, and with descriptors of the
 * required kinds.
 */
#ifndef RECEIVE_MESSAGE_CHECK_H
#define RECEIVE_MESSAGE_CHECK_H

#include <sys/types.h>

#include "base/fail.h"
#include "receive/receiver.h"

/* Checks whether the sender of the received datagram is allowed. Returns 0, or -1 with *FAIL. */
int check_sender(const struct receiver *receiver, struct fail *fail);

/*
 * Checks the message. Records the sender of a datagram, which only the message identifies. Returns 0, or -1 with *FAIL
 * if it is refused.
 */
int check_message(
    struct receiver *receiver, const struct connection *connection, const struct message *message, struct fail *fail);

#endif
