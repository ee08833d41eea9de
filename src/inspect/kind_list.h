/* SPDX-License-Identifier: ISC */
/* Lists of kinds, KIND[:PROPERTY...],..., which select descriptors for --require, --only and pid:PID:kind:.... */
#ifndef INSPECT_KIND_LIST_H
#define INSPECT_KIND_LIST_H

#include <stdbool.h>

#include "base/fail.h"
#include "inspect/fd.h"

/*
 * Checks that LIST contains only valid kinds and properties. Returns 0, or -1 with *FAIL, which names the invalid word.
 */
int kind_list_check(const char *list, struct fail *fail);

/*
 * Returns true if the descriptor that FACTS describes matches at least one element of LIST. kind_list_check() must have
 * accepted LIST.
 */
bool kind_list_matches(const char *list, const struct fd_facts *facts);

#endif
