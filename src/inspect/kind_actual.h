/* SPDX-License-Identifier: ISC */
/* Describes a descriptor with the names that --require uses. */
#ifndef INSPECT_KIND_ACTUAL_H
#define INSPECT_KIND_ACTUAL_H

#include <stddef.h>

#include "inspect/fd.h"

/*
 * Writes the kind of the descriptor, and its properties of the classes that the list REQUIRED contains. For example:
 * "socket:inet, not listening".
 */
void kind_actual(const char *required, const struct fd_facts *facts, char *text, size_t size);

#endif
