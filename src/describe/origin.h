/* SPDX-License-Identifier: ISC */
/* Describes the process whose system call sent or received a message (fdpass watch). */
#ifndef DESCRIBE_ORIGIN_H
#define DESCRIBE_ORIGIN_H

#include "emit/emit.h"
#include "inspect/message.h"

/*
 * Emits the process in ORIGIN for the first line of text output. If the system call has failed, emits the error, too.
 */
void origin_describe_headline(struct emit *e, const struct message_origin *origin);

/* Emits the last members of the message's object. These members describe the process. */
void origin_describe(struct emit *e, const struct message *message);

#endif
