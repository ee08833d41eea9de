/* SPDX-License-Identifier: ISC */
/* Describes a descriptor with the kinds and properties that --require uses, for error messages. */
#ifndef INSPECT_KIND_ACTUAL_H
#define INSPECT_KIND_ACTUAL_H

#include <stddef.h>

#include "inspect/fd.h"

/*
 * Writes to TEXT the descriptor's kind and, for each class of property (such as the address family) in the kind list
 * REQUIRED, the descriptor's actual value. For example: "socket:inet, not listening".
 */
void kind_actual(const char *required, const struct fd_facts *facts, char *text, size_t size);

#endif
