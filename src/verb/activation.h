/* SPDX-License-Identifier: ISC */
/* run --on-demand and --accept: passes the options to activate/. */
#ifndef VERB_ACTIVATION_H
#define VERB_ACTIVATION_H

#include <stdbool.h>

#include "exec/handover.h"
#include "source/source.h"
#include "cli/options.h"

/* Reports options that are mutually exclusive. Returns 0 or the exit status. */
int activation_check(const struct options *options, const char *command);

/* Returns true if COMMAND runs as a child; false if it replaces this process, possibly after a wait. */
bool activation_has_children(const struct options *options);

/*
 * Waits for input or connections, then runs COMMAND with HANDOVER, as the options specify. Returns 0 if COMMAND is to
 * replace this process now; if COMMAND runs as children, returns the exit status. A signal that stops it ends the
 * process here.
 */
int activation_run(
    const struct options *options, struct source_list *sources, const struct handover *handover, char **command);

#endif
