/* SPDX-License-Identifier: ISC */
/* Children of recv --spawn: reaped as soon as they end, never more at a time than allowed. One set a process. */
#ifndef EXEC_CHILDREN_H
#define EXEC_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

/* Begins to reap. Interrupted system calls are restarted. Returns 0, or -1 with errno. */
int children_begin(void);

/*
 * fork(2), once fewer than LIMIT children run: waits for one to end if need be. In the child SIGCHLD is as it was before
 * children_begin().
 */
pid_t children_fork(size_t limit);

/* How many run. */
size_t children_running(void);

/* Waits for all of them. */
void children_wait(void);

#endif
