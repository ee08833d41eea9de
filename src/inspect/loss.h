/* SPDX-License-Identifier: ISC */
/* Determines the reason for lost control messages. Used by inspect/message.c. */
#ifndef INSPECT_LOSS_H
#define INSPECT_LOSS_H

#include "inspect/message.h"

/* Determines the reason for MSG_CTRUNC in MESSAGE. */
void loss_find(const struct message *message, struct loss *loss);

/*
 * Returns the expected length of the data of the control message RAW. If the expected length is unknown, returns the
 * actual length.
 */
size_t item_wanted(const struct message *message, const struct fdpass_cmsg *raw, bool complete);

#endif
