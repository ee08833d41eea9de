/* SPDX-License-Identifier: ISC */
/* Describes a descriptor with the kinds and properties that --require uses, for error messages. */
#ifndef INSPECT_KIND_ACTUAL_H
#define INSPECT_KIND_ACTUAL_H

#include <stddef.h>

#include "inspect/fd.h"

/*
 * Writes the kind of the descriptor, and its actual value of each property class (such as the address family) that the
 * list REQUIRED contains. For example: "socket:inet, not listening".
 */
void kind_actual(const char *required, const struct fd_facts *facts, char *text, size_t size);

#endif
