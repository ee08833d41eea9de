/* SPDX-License-Identifier: ISC */
/* What a descriptor is, in the words of --require. */
#ifndef INSPECT_KIND_ACTUAL_H
#define INSPECT_KIND_ACTUAL_H

#include <stddef.h>

#include "inspect/fd.h"

/*
 * Writes the kind of the descriptor and, of each class of properties that the list REQUIRED mentions, the one that it has:
 * "socket:inet, not listening".
 */
void kind_actual(const char *required, const struct fd_facts *facts, char *text, size_t size);

#endif
