/* SPDX-License-Identifier: ISC */
/*
 * Access control for received messages: checks that a message is complete, that its sender is allowed, and that its
 * descriptors have the required kinds.
 */
#ifndef RECEIVE_MESSAGE_CHECK_H
#define RECEIVE_MESSAGE_CHECK_H

#include <sys/types.h>

#include "base/fail.h"
#include "receive/receiver.h"

/* Checks whether the sender of the received datagram is allowed. Returns 0, or -1 with *FAIL. */
int check_sender(const struct receiver *receiver, struct fail *fail);

/* Checks the message. Returns 0, or -1 with *FAIL if the message is refused. */
int check_message(struct receiver *receiver, const struct message *message, struct fail *fail);

/* Checks that DELIVERY does not contain more descriptors than --fds or --names allows. Returns 0, or -1 with *FAIL. */
int check_count(const struct receiver *receiver, const struct delivery *delivery, struct fail *fail);

#endif
