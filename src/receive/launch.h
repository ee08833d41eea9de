/* SPDX-License-Identifier: ISC */
/* Runs a command with what was gathered. */
#ifndef RECEIVE_LAUNCH_H
#define RECEIVE_LAUNCH_H

#include "cli/options.h"
#include "receive/receiver.h"

/* Fills HANDOVER from the options alone: places, inheritance, variables. */
void launch_options(struct handover *handover, const struct options *options);

/* Before an exec: closes FD, which is not ours, without waiting, unless the command inherits it. */
void launch_close(const struct options *options, int fd);

/* Replaces this process by ARGV with what CONNECTION gathered. Returns only on failure, with the exit status. */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs ARGV as a child with what CONNECTION gathered, which is closed here. Waits until DEADLINE for one of
 * --max-children to exit. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
