/* SPDX-License-Identifier: ISC */
/* What becomes of a message that was received: it is inspected, shown, judged and kept. */
#ifndef RECEIVE_INCOMING_H
#define RECEIVE_INCOMING_H

#include <sys/types.h>

#include "base/fail.h"
#include "receive/connection.h"
#include "receive/receiver.h"

/* Takes the message of NBYTES that is in the receiver's buffers. RECV_MESSAGE, RECV_DONE, RECV_END or RECV_ERROR. */
enum recv_result incoming_take(
    struct receiver *receiver, struct connection *connection, ssize_t nbytes, struct fail *fail);

/* What the end of the connection means: RECV_DONE if that is what was waited for, RECV_END, or RECV_ERROR. */
enum recv_result incoming_end(struct receiver *receiver, const struct connection *connection, struct fail *fail);

#endif
