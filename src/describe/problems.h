/* SPDX-License-Identifier: ISC */
/* Describes the problems of a message, such as truncation. */
#ifndef DESCRIBE_PROBLEMS_H
#define DESCRIBE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "emit/emit.h"
#include "inspect/message.h"

/* Emits the array of the message's problems. NOTICED must be true if a control message is truncated or has a note. */
void problems_describe(struct emit *e, const struct message *message, bool noticed);

/* Writes to TEXT the reason why control messages were lost. Writes "" if no control message was lost. */
void problem_loss_text(const struct message *message, char *text, size_t size);

#endif
