/* SPDX-License-Identifier: ISC */
/* The problems of a message. */
#ifndef DESCRIBE_PROBLEMS_H
#define DESCRIBE_PROBLEMS_H

#include <stdbool.h>

#include "emit/emit.h"
#include "inspect/message.h"

/* Emits the array of problems. NOTICED is false if no control message has a note or is truncated. */
void problems_describe(struct emit *e, const struct message *message, bool noticed);

#endif
