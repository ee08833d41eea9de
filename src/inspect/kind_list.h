/* SPDX-License-Identifier: ISC */
/* KIND[:PROPERTY...],...: the descriptors that --require, --only and pid:PID:kind:... match. */
#ifndef INSPECT_KIND_LIST_H
#define INSPECT_KIND_LIST_H

#include <stdbool.h>

#include "base/fail.h"
#include "inspect/fd.h"

/* Checks all words of LIST. Returns 0, or -1 with *FAIL, which names the word. */
int kind_list_check(const char *list, struct fail *fail);

/* Returns true if the descriptor matches one of the alternatives of LIST, which kind_list_check() accepted. */
bool kind_list_matches(const char *list, const struct fd_facts *facts);

#endif
