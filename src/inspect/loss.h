/* SPDX-License-Identifier: ISC */
/* Why control messages of a message were lost. For inspect/message.c. */
#ifndef INSPECT_LOSS_H
#define INSPECT_LOSS_H

#include "inspect/message.h"

/* Finds what MSG_CTRUNC means for this message. */
void loss_find(const struct message *message, struct loss *loss);

/* How long the data of a control message should be; its length if that is not known. */
size_t item_wanted(const struct message *message, const struct fdpass_cmsg *raw, bool complete);

#endif
