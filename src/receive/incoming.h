/* SPDX-License-Identifier: ISC */
/* Processes a received message: inspects, shows, checks and stores it. */
#ifndef RECEIVE_INCOMING_H
#define RECEIVE_INCOMING_H

#include <sys/types.h>

#include "base/fail.h"
#include "receive/connection.h"
#include "receive/receiver.h"

/*
 * Processes a received message whose data (NBYTES bytes) is in the receiver's buffers. Returns RECV_MESSAGE, RECV_DONE,
 * RECV_END or RECV_ERROR.
 */
enum recv_result incoming_take(
    struct receiver *receiver, struct connection *connection, ssize_t nbytes, struct fail *fail);

/*
 * Handles the end of the connection. Returns RECV_DONE if the options specify that data is received until end of file.
 * Returns RECV_END or RECV_ERROR in other cases.
 */
enum recv_result incoming_end(struct receiver *receiver, const struct connection *connection, struct fail *fail);

#endif
