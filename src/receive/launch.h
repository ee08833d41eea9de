/* SPDX-License-Identifier: ISC */
/* Runs a command with the collected descriptors and data. */
#ifndef RECEIVE_LAUNCH_H
#define RECEIVE_LAUNCH_H

#include "cli/options.h"
#include "receive/receiver.h"

/* Sets the places, inherited descriptors and variables of HANDOVER according to OPTIONS. */
void launch_options(struct handover *handover, const struct options *options);

/*
 * Called before execve(2). Closes FD, which another part of the program owns, without blocking. Does nothing if the
 * command inherits FD.
 */
void launch_close(const struct options *options, int fd);

/*
 * Replaces this process by ARGV, which gets the delivery of CONNECTION. Returns only on failure, with the exit status.
 */
int launch_exec(const struct options *options, struct connection *connection, char **argv);

/*
 * Runs ARGV as a child, which gets the delivery of CONNECTION. The delivery is closed in this process. If
 * --max-children children are running, waits until one of them exits, up to DEADLINE. Returns 0, or -1 with *FAIL.
 */
int launch_spawn(
    const struct options *options, struct connection *connection, char **argv, int64_t deadline, struct fail *fail);

#endif
