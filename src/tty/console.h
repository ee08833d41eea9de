/* SPDX-License-Identifier: ISC */
/* A console as sent by a container runtime: a single message with the master of a pseudo-terminal. */
#ifndef TTY_CONSOLE_H
#define TTY_CONSOLE_H

#include <stdbool.h>

#include "receive/receiver.h"

/* Prepares to receive consoles according to OPTIONS. Returns 0, or -1 with *FAIL; call receiver_done() in any case. */
int console_init(struct receiver *receiver, const struct options *options, struct fail *fail);

/*
 * Receives a console from CONNECTION. Returns RECV_DONE and sets *MASTER, which belongs to the caller. A message with
 * anything else is refused, and its descriptors are closed: RECV_ERROR. Other results are those of receiver_receive().
 */
enum recv_result console_receive(
    struct receiver *receiver, struct connection *connection, bool wait, int *master, struct fail *fail);

#endif
