/* SPDX-License-Identifier: ISC */
/* Implements run --on-demand and run --accept with the functions of activate/. */
#ifndef VERB_ACTIVATION_H
#define VERB_ACTIVATION_H

#include <stdbool.h>

#include "exec/handover.h"
#include "source/source.h"
#include "cli/options.h"

/*
 * Checks the --fd options and COMMAND for --accept and --on-demand. Returns 0 if they are valid. If they are not valid,
 * prints an error and returns the exit status.
 */
int activation_check(const struct options *options, const char *command);

/* Returns true if COMMAND runs as a child. Returns false if COMMAND replaces this process, immediately or on demand. */
bool activation_has_children(const struct options *options);

/*
 * Waits for input or connections, then runs COMMAND with HANDOVER. Returns 0 if COMMAND must replace this process now.
 * If COMMAND runs as children, returns the exit status. If a termination signal ends the wait, this function terminates
 * the process.
 */
int activation_run(
    const struct options *options, struct source_list *sources, const struct handover *handover, char **command);

#endif
