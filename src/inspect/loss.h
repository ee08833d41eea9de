/* SPDX-License-Identifier: ISC */
/* Finds out why control messages were lost, for inspect/message.c. */
#ifndef INSPECT_LOSS_H
#define INSPECT_LOSS_H

#include "inspect/message.h"

/* Finds out the meaning of MSG_CTRUNC for this message. */
void loss_find(const struct message *message, struct loss *loss);

/* Returns the expected length of a control message's data; its actual length if that is unknown. */
size_t item_wanted(const struct message *message, const struct fdpass_cmsg *raw, bool complete);

#endif
