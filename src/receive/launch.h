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

/* Called before execve(2). Closes FD without blocking, unless the command inherits FD. */
void launch_close(const struct options *options, int fd);

/*
 * Replaces this process by ARGV, which gets the delivery of CONNECTION. Returns only on failure, with the exit status.
 */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs ARGV as a child, which gets the delivery of CONNECTION. Resets the delivery in this process. If
 * --max-children children are running, waits until one of them exits, up to DEADLINE. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
