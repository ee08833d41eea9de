/* SPDX-License-Identifier: ISC */
/* run --on-demand and --accept: from the options to activate/. */
#ifndef VERB_ACTIVATION_H
#define VERB_ACTIVATION_H

#include <stdbool.h>

#include "exec/handover.h"
#include "source/source.h"
#include "cli/options.h"

/* Reports options that do not go together. Returns 0 or the exit status. */
int activation_check(const struct options *options, const char *command);

/* True if COMMAND runs as a child; false if it replaces this process, perhaps after a wait. */
bool activation_has_children(const struct options *options);

/*
 * Waits as the options want it, and runs COMMAND with HANDOVER as often as they want it. Returns 0 if this process is to
 * be replaced by COMMAND now, or with children the exit status. A signal that stopped it ends the process here.
 */
int activation_run(
    const struct options *options, struct source_list *sources, const struct handover *handover, char **command);

#endif
