/* SPDX-License-Identifier: ISC */
/* Describes all properties of a received message: data, flags, sender, control messages, descriptors and problems. */
#ifndef DESCRIBE_MESSAGE_H
#define DESCRIBE_MESSAGE_H

#include "emit/emit.h"
#include "inspect/message.h"

/*
 * Describes MESSAGE as one object: a line of JSON or a paragraph of text. message_inspect() and
 * message_inspect_details() must have been called for MESSAGE.
 */
void message_describe(struct emit *e, const struct message *message);

#endif
