/* SPDX-License-Identifier: ISC */
/* Descriptors of another process, of which this process has duplicates. */
#ifndef INSPECT_ORIGIN_H
#define INSPECT_ORIGIN_H

#include <stdbool.h>

#include "inspect/fd.h"
#include "inspect/message.h"

/* Finds the facts of descriptor NUMBER of the message's process. FD is its duplicate, or a negated errno. */
void origin_probe(const struct message *message, int fd, int number, struct fd_facts *facts);

/* Returns true if the process has as many files open as its limit allows. */
bool origin_is_full(const struct message_origin *origin);

#endif
