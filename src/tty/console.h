/* SPDX-License-Identifier: ISC */
/* Receives a console from a container runtime: one message that contains the master of a pseudo-terminal. */
#ifndef TTY_CONSOLE_H
#define TTY_CONSOLE_H

#include <stdbool.h>

#include "receive/receiver.h"

/*
 * Prepares to receive consoles according to OPTIONS. Returns 0, or -1 with *FAIL. The caller must call receiver_done()
 * after success and after failure.
 */
int console_init(struct receiver *receiver, const struct options *options, struct fail *fail);

/*
 * Receives a console from CONNECTION. On success, returns RECV_DONE and sets *MASTER, which the caller must close. If
 * the message contains no console, closes the message's descriptors and returns RECV_ERROR. If receiver_receive() fails
 * or receives no message, returns the result of receiver_receive().
 */
enum recv_result console_receive(
    struct receiver *receiver, struct connection *connection, bool wait, int *master, struct fail *fail);

#endif
