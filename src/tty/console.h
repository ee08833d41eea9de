/* SPDX-License-Identifier: ISC */
/* A console, as a container's runtime sends one: a single message with the master of a pseudo-terminal. */
#ifndef TTY_CONSOLE_H
#define TTY_CONSOLE_H

#include <stdbool.h>

#include "receive/receiver.h"

/* Prepares to receive consoles as OPTIONS say. Returns 0, or -1 with *FAIL; receiver_done() in any case. */
int console_init(struct receiver *receiver, const struct options *options, struct fail *fail);

/*
 * Receives a console from CONNECTION. RECV_DONE: *MASTER is it, the caller's. Whatever else a message brings is
 * refused and closed: RECV_ERROR. The others as receiver_receive().
 */
enum recv_result console_receive(
    struct receiver *receiver, struct connection *connection, bool wait, int *master, struct fail *fail);

#endif
