/* SPDX-License-Identifier: ISC */
/*
 * Functions that may hang are run in a helper process. The helper shares only the descriptor table with this process.
 * If a system call never returns, only the helper hangs, not this process. Descriptors from untrusted peers can make a
 * system call hang: a query can wait uninterruptibly for a kernel lock that another process holds, and a close can wait
 * for a file server. A stuck helper keeps all descriptors of the shared table open until its system call returns. As
 * soon as a helper hangs, this process moves to a table of its own (base/helper_table.c).
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

#define HELPER_ARG_MAX 8192 /* maximum size of the argument of WORK, in bytes */

/*
 * Calls WORK in a helper with a copy of the SIZE bytes at ARG, and copies these bytes back to ARG afterwards. WORK must
 * access only ARG, because the rest of the helper's memory is an old copy of this process's memory. Only the changes
 * that WORK makes to ARG and to descriptors take effect in this process. Under valgrind, WORK is called in this process
 * instead of a helper. If WORK returns after helper_run() has timed out, the helper calls UNDO with the helper's copy
 * of ARG. If UNDO is NULL, the helper calls nothing. Returns 0, or -1 with errno, leaving ARG unchanged. ETIMEDOUT:
 * WORK hangs. EBUSY: 16 helpers for the same user, or 256 helpers in total, already hang. Other errno values mean that
 * no helper could be created.
 */
int helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Sets the user who sent the descriptors that later calls of helper_run() query. Stuck helpers count toward the limit
 * for this user. If the user is unknown, USER is (uid_t)-1.
 */
void helper_set_user(uid_t user);

/*
 * Like helper_run(), but uses a new helper. The new helper has a copy of the current memory, and shares all MAP_SHARED
 * mappings. At most 16 helpers that were created by helper_run_new() can hang.
 */
int helper_run_new(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Closes N descriptors without blocking this process, even if a close takes a long time (base/helper_close.c). When
 * helper_close() returns, the descriptor numbers are free. Used for descriptors from untrusted peers, and for sockets
 * whose receive queue may contain such descriptors. Elements of FDS that are -1 or not open are skipped. If no process
 * can be created, the descriptors are parked: they are moved to high numbers and stay open until a later call of
 * helper_close() or until this process exits. If too many closes hang, files whose file system acts on every close
 * (such as NFS) stay open and keep their descriptor numbers. Uses close(2) under valgrind. Preserves errno.
 */
void helper_close(const int *fds, size_t n);

/*
 * Closes the parked descriptors if a process that closes them can be created now. If AT_ONCE is false, makes at most
 * one attempt per second.
 */
void helper_close_parked(bool at_once);

/*
 * Like helper_close(), for descriptors whose open file descriptions also have other descriptors that stay open. Most of
 * these descriptors are closed in this process, because only the last close can block. Elements of FDS that are not
 * open are skipped.
 */
void helper_close_copies(const int *fds, size_t n);

/* Returns true if closing FD can block although other descriptors of its open file description stay open. */
bool helper_copy_may_wait(int fd);

/*
 * Starts the closer, which is the process that closes descriptors for helper_close(). The closer runs until this
 * process ends. Servers call this function before they receive messages: a closer that is created later inherits copies
 * of the received descriptors, and closing these copies may block.
 */
void helper_close_keep(void);

/* Does the same as helper_close_end(), unless helper_close_keep() was called. */
void helper_close_idle(void);

/* Closes the connection to the closer. The closer exits after it has closed all descriptors that it has received. */
void helper_close_end(void);

/* Returns true if a closer is running and helper_close_idle() would end it. */
bool helper_close_active(void);

/* Returns the socket that is connected to the closer, or -1. */
int helper_close_socket(void);

/*
 * Returns true if the program runs under valgrind. valgrind does not support processes that share a descriptor table.
 */
bool helper_is_under_valgrind(void);

/* Returns the number of stuck helpers. */
size_t helper_stuck(void);

/*
 * Returns true if an idle or stuck helper exists, or if descriptors are parked. In these cases, helper_reap() must be
 * called.
 */
bool helper_active(void);

/*
 * Ends the idle helper, reaps helpers that have exited, and closes parked descriptors. Called before this process waits
 * for a long time.
 */
void helper_reap(void);

/*
 * Called before this process exits. If a helper hangs or a descriptor is parked, ensures that the exit of this process
 * does not wait for a close: helpers or a guard process close the descriptors, including 0 to 2. Buffered output must
 * be written before this call, because descriptors 0 to 2 may be closed afterwards.
 */
void helper_exit(void);

/*
 * Like helper_exit(), but closes only descriptors above 2 whose close may block. Called before a signal terminates this
 * process. Async-signal-safe.
 */
void helper_exit_signal(void);

/*
 * Called before execve(2). Closes the parked descriptors. If a stuck helper still shares the descriptor table of this
 * process, moves this process to a table of its own, in which all descriptors keep their numbers. Returns 0, or -1 with
 * *FAIL if a stuck helper still shares the table.
 */
int helper_unshare_fds(struct fail *fail);

#endif
