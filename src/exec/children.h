/* SPDX-License-Identifier: ISC */
/*
 * The children of recv --spawn, reaped as soon as they exit, at most a given number concurrently. Children that this
 * process had before, inherited over an exec, are left alone. One set per process.
 */
#ifndef EXEC_CHILDREN_H
#define EXEC_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* Begins to reap. Interrupted system calls are restarted. Returns 0, or -1 with errno. */
int children_begin(void);

/*
 * fork(2), once fewer than LIMIT children run; waits for one to exit if necessary, until DEADLINE of CLOCK_MONOTONIC
 * (NULL: indefinitely). In the child, the action and the mask of SIGCHLD are as before children_begin(). Returns -1
 * with ETIMEDOUT at the deadline.
 */
pid_t children_fork(size_t limit, const struct timespec *deadline);

/* How many run. */
size_t children_running(void);

/* Waits for all of them. */
void children_wait(void);

#endif
