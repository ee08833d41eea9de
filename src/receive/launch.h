/* SPDX-License-Identifier: ISC */
/* From what was gathered to a command that has it. */
#ifndef RECEIVE_LAUNCH_H
#define RECEIVE_LAUNCH_H

#include "cli/options.h"
#include "receive/receiver.h"

/* Fills HANDOVER from the options alone: places, inheritance, variables. */
void launch_options(struct handover *handover, const struct options *options);

/* Replaces this process by ARGV with what CONNECTION gathered. Returns only on failure, with the exit status. */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs ARGV as a child with what CONNECTION gathered, which is closed here. Waits until DEADLINE for one of --max-children
 * to exit. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
