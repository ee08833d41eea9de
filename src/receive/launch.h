/* SPDX-License-Identifier: ISC */
/* Runs a command with the collected descriptors and data. */
#ifndef RECEIVE_LAUNCH_H
#define RECEIVE_LAUNCH_H

#include "cli/options.h"
#include "receive/receiver.h"

/* Fills HANDOVER from the options: places, inheritance, variables. */
void launch_options(struct handover *handover, const struct options *options);

/*
 * Called before an exec: closes FD, which another part of the program owns, without blocking, unless the command
 * inherits it.
 */
void launch_close(const struct options *options, int fd);

/* Replaces this process by ARGV with the delivery of CONNECTION. Returns only on failure, with the exit status. */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs ARGV as a child with the delivery of CONNECTION, which is closed here. If --max-children are running, waits
 * until DEADLINE for one of them to exit. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
