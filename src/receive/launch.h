/* SPDX-License-Identifier: ISC */
/* Runs a command with the collected descriptors and data. */
#ifndef RECEIVE_LAUNCH_H
#define RECEIVE_LAUNCH_H

#include "cli/options.h"
#include "receive/receiver.h"

/*
 * Initializes HANDOVER with the descriptor numbers (--fd), inherited descriptors and environment variables in OPTIONS.
 */
void launch_options(struct handover *handover, const struct options *options);

/* Called before execve(2). Closes FD without blocking, unless the command must inherit FD. */
void launch_close(const struct options *options, int fd);

/*
 * Replaces this process by the command ARGV, which gets the descriptors and data that were received on CONNECTION.
 * Returns only on failure, with the exit status.
 */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs the command ARGV as a child, which gets the descriptors and data that were received on CONNECTION. Releases
 * these descriptors and data in this process. If the number of running children is the limit of --max-children, waits
 * until one of them exits, but at most until DEADLINE. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
