/* SPDX-License-Identifier: ISC */
/*
 * Manages the children of recv --spawn. The children are reaped as soon as they exit, and the number of concurrent
 * children is limited. Children that this process inherited through execve(2) are not reaped. A process can have only
 * one set of such children.
 */
#ifndef EXEC_CHILDREN_H
#define EXEC_CHILDREN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Installs a SIGCHLD handler that reaps the children. System calls that SIGCHLD interrupts are restarted (SA_RESTART).
 * Returns 0, or -1 with errno.
 */
int children_begin(void);

/*
 * Calls fork(2) as soon as fewer than LIMIT children are running. If LIMIT children are running, waits until one of
 * them exits, but at most until the time DEADLINE of CLOCK_MONOTONIC (NO_DEADLINE: waits indefinitely). The child gets
 * the action of SIGCHLD from before children_begin(). SIGCHLD is blocked in the child only if it was blocked before
 * children_begin(). Returns like fork(2), or -1 with ETIMEDOUT if DEADLINE has passed.
 */
pid_t children_fork(size_t limit, int64_t deadline);

/* Returns the number of running children that children_fork() created. */
size_t children_running(void);

/* Waits until all children have exited. */
void children_wait(void);

#endif
