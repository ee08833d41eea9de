/* SPDX-License-Identifier: ISC */
/* Determines properties of another process's descriptors. This process has duplicates of these descriptors. */
#ifndef INSPECT_ORIGIN_H
#define INSPECT_ORIGIN_H

#include <stdbool.h>

#include "inspect/fd.h"
#include "inspect/message.h"

/*
 * Determines the properties of descriptor NUMBER in the process of MESSAGE. FD is a duplicate of this descriptor, or a
 * negated errno.
 */
void origin_probe(const struct message *message, int fd, int number, struct fd_facts *facts);

/* Returns true if the other process has reached its open file limit (RLIMIT_NOFILE). */
bool origin_is_full(const struct message_origin *origin);

#endif
