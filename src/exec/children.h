/* SPDX-License-Identifier: ISC */
/*
 * Children of recv --spawn: reaped as soon as they exit, with a limit on how many run concurrently. Children that this
 * process inherited over an exec are left alone. One set per process.
 */
#ifndef EXEC_CHILDREN_H
#define EXEC_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* Starts reaping. Interrupted system calls are restarted. Returns 0, or -1 with errno. */
int children_begin(void);

/*
 * Calls fork(2) as soon as fewer than LIMIT children run; waits for a child to exit if necessary, until DEADLINE of
 * CLOCK_MONOTONIC (NULL: indefinitely). In the child, the action and the mask of SIGCHLD are as before
 * children_begin(). Returns -1 with ETIMEDOUT at the deadline.
 */
pid_t children_fork(size_t limit, const struct timespec *deadline);

/* Returns the number of running children. */
size_t children_running(void);

/* Waits for all children. */
void children_wait(void);

#endif
