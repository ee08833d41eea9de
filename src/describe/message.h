/* SPDX-License-Identifier: ISC */
/* Describes a received message in full: data, flags, sender, each control message, each descriptor, each problem. */
#ifndef DESCRIBE_MESSAGE_H
#define DESCRIBE_MESSAGE_H

#include "emit/emit.h"
#include "inspect/message.h"

/*
 * Describes the message, which message_inspect() and message_inspect_details() have processed, as one object: a line of
 * JSON or a paragraph of text.
 */
void message_describe(struct emit *e, const struct message *message);

#endif
