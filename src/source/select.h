/* SPDX-License-Identifier: ISC */
/* SELECTOR of pid:PID:SELECTOR, which selects descriptors of a process by their properties. */
#ifndef SOURCE_SELECT_H
#define SOURCE_SELECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "inspect/fd.h"

struct selector;

/*
 * Parses TEXT: all, listening, tcp-listen:[HOST:]PORT, udp-listen:[HOST:]PORT, unix-listen:ADDRESS, file:PATH or
 * kind:KIND[:PROPERTY]... Returns a new selector, or NULL with *FAIL.
 */
struct selector *selector_parse(const char *text, struct fail *fail);
void selector_free(struct selector *selector);

/*
 * Returns true if the descriptor with the properties FACTS matches SELECTOR. The descriptor is a duplicate of a
 * descriptor of process PID.
 */
bool selector_matches(const struct selector *selector, pid_t pid, const struct fd_facts *facts);

#endif
