/* SPDX-License-Identifier: ISC */
/* Describes the process that sent or received a message, as "fdpass watch" observed it. */
#ifndef DESCRIBE_ORIGIN_H
#define DESCRIBE_ORIGIN_H

#include "emit/emit.h"
#include "inspect/message.h"

/* Emits the process of ORIGIN in the first line of text output, and the error if the system call failed. */
void origin_describe_headline(struct emit *e, const struct message_origin *origin);

/* Emits the last members of the message's object, which describe the process. */
void origin_describe(struct emit *e, const struct message *message);

#endif
