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
 * Like fork(2), but the child shares the descriptor table, has the working directory /, and only a wait with __WALL
 * sees it.
 */
pid_t helper_fork(void);

/*
 * Does the same, but the child becomes an orphan, so that neither this process nor the command that it executes has to
 * reap it. Returns 0 in the child, 1 here, or -1 with errno.
 */
int helper_fork_orphan(void);

/*
 * Waits until the child PID has exited, also if signals interrupt the wait. A helper that runs longer than expected
 * would execute the request for its successor. Returns the status, or 0 if there is no such child.
 */
int helper_process_reap(pid_t pid);

/* A futex shared between processes. */
void helper_futex_wait(_Atomic uint32_t *word, uint32_t value, long nanoseconds);
void helper_futex_wake(_Atomic uint32_t *word);

/*
 * Closes FD in a helper. Returns 1 if it is closed, 0 if the close hangs, or -1, with FD open, if no helper can be
 * created or too many hang.
 */
int helper_close_aside(int fd);

/*
 * Closes descriptors whose file system is notified of every close (helper_copy_may_wait()): as many as possible before
 * returning, the others later. Never blocks.
 */
void helper_close_notified(const int *fds, size_t n);

/*
 * Closes up to CLOSER_BATCH_MAX descriptors concurrently, each in a helper of its own. Parks those for which none can
 * be created. Async-signal-safe if the process ends afterwards.
 */
void helper_close_concurrently(const int *fds, size_t n);

/* Returns true if a helper works on a request. Async-signal-safe. */
bool helper_is_working(void);

/*
 * Starts the guard of the descriptor table: a process that shares it, and closes everything there whose close cannot
 * block when this process ends without helper_guard_end(). Called before a call that may hang. Returns true if the
 * caller must call helper_guard_end(), or false if the table has a guard already, or if no process can be created.
 */
bool helper_guard_start(void);

/* Ends the guard, unless a stuck helper shares the table. */
void helper_guard_end(void);

/* Reaps the guards of tables that this process has left. Returns the number of those that have not exited. */
size_t helper_guards_reap(void);

/*
 * Moves this process to a descriptor table of its own, with the same descriptors, after a helper got stuck. The guard
 * remains in the previous table and closes what it can there, so that only files whose close may block remain open
 * until the helper exits. Returns false if that is impossible at the moment.
 */
bool helper_leave_table(void);

/* --- descriptors that cannot be closed at the moment (base/helper_park.c) */

/*
 * Parks FD: moves it to a high number, with FD_CLOEXEC; one whose close may block although copies remain open keeps its
 * number. Returns false if that is impossible.
 */
bool helper_park(int fd);

/*
 * Removes up to MOST descriptors from the list of parked ones, and stores their numbers at FDS. Returns their number.
 */
size_t helper_unpark(int *fds, size_t most);

/* Returns the number of parked descriptors. */
size_t helper_parked(void);

#endif
