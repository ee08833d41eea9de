/* SPDX-License-Identifier: ISC */
/* Shared by base/helper*.c. */
#ifndef BASE_HELPER_INTERNAL_H
#define BASE_HELPER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Like fork(2), but the child shares the descriptor table of this process, has the working directory /, and can be
 * reaped only with __WALL.
 */
pid_t helper_fork(void);

/*
 * Like helper_fork(), but the child becomes an orphan, so that neither this process nor a command that it executes has
 * to reap the child.
 */
int helper_fork_orphan(void);

/*
 * Waits until the child PID has exited, even if signals interrupt the wait. While the child is running, it could handle
 * a request that is meant for the next helper. Returns the wait status, or 0 if this process has no child PID.
 */
int helper_process_reap(pid_t pid);

/* Wait on and wake a futex that several processes share. */
void helper_futex_wait(_Atomic uint32_t *word, uint32_t value, long nanoseconds);
void helper_futex_wake(_Atomic uint32_t *word);

/*
 * Closes FD in a helper. Returns 1 if FD was closed, 0 if the close hangs, or -1, leaving FD open, if no helper can be
 * created or too many helpers hang.
 */
int helper_close_aside(int fd);

/*
 * Closes descriptors whose file system acts on every close (helper_copy_may_wait()). Descriptors that cannot be closed
 * without blocking are closed after this function has returned. Never blocks.
 */
void helper_close_notified(const int *fds, size_t n);

/*
 * Closes up to CLOSER_BATCH_MAX descriptors concurrently, each in a separate helper. Parks the descriptors for which no
 * helper can be created. Async-signal-safe, but only if this process ends afterwards.
 */
void helper_close_concurrently(const int *fds, size_t n);

/* Returns true if a helper is working on a request. Async-signal-safe. */
bool helper_is_working(void);

/*
 * Starts the guard: a process that shares the descriptor table. If this process ends without calling
 * helper_guard_end(), the guard closes all descriptors in the table that can be closed without blocking. Called before
 * a system call that may hang. Returns true if the caller must call helper_guard_end(). Returns false if the table
 * already has a guard or if no process can be created.
 */
bool helper_guard_start(void);

/* Ends the guard, unless a stuck helper shares the descriptor table. */
void helper_guard_end(void);

/*
 * Reaps the guards of descriptor tables that this process has left. Returns the number of guards that are still
 * running.
 */
size_t helper_guards_reap(void);

/*
 * Moves this process to a descriptor table of its own, with the same descriptors, because a helper is stuck. The guard
 * remains in the previous table and closes all descriptors there that can be closed without blocking. The other
 * descriptors of the previous table stay open until the stuck helper exits. Returns false if this process cannot leave
 * the table now.
 */
bool helper_leave_table(void);

/* --- parked descriptors: they cannot be closed without blocking now, and stay open (base/helper_park.c) */

/*
 * Parks FD by moving it to a high number with FD_CLOEXEC. If closing a duplicate of FD may block, FD keeps its number.
 * Returns false if FD cannot be parked.
 */
bool helper_park(int fd);

/*
 * Removes up to MOST descriptors from the list of parked descriptors, and stores them in FDS. Returns the number of
 * removed descriptors.
 */
size_t helper_unpark(int *fds, size_t most);

/* Returns the number of parked descriptors. */
size_t helper_parked(void);

#endif
