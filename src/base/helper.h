/* SPDX-License-Identifier: ISC */
/*
 * Runs functions in a helper process. The helper shares only the descriptor table with this process. If a system call
 * never returns, only the helper hangs. Descriptors from untrusted peers can cause this: a call can wait
 * uninterruptibly for a kernel lock that another process holds, and a close can wait for a file server. A stuck helper
 * keeps the shared descriptor table until its call returns. Therefore, all descriptors would stay open after this
 * process has exited. helper_exit() must be called before an exit, helper_unshare_fds() before execve(2). Both are fast
 * while no helper is stuck.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

#define HELPER_ARG_MAX 8192 /* maximum size of ARG in bytes */

/*
 * Calls WORK in a helper with a copy of the SIZE bytes at ARG, and copies these bytes back afterwards. WORK must use
 * only ARG, because the helper has an old copy of the memory of this process. Only changes to ARG and to descriptors
 * are visible to the caller. Under valgrind, WORK is called in this process. If WORK returns after the caller has
 * stopped waiting, the helper calls UNDO (or NULL). Returns 0, or -1 with errno; then ARG is unchanged. ETIMEDOUT: WORK
 * hangs. EBUSY: 16 helpers for the same user or 256 in total hang already. Other errors: no helper could be created.
 */
int helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/* Sets the user whose descriptors are the subject of later calls of helper_run(). (uid_t)-1 means an unknown user. */
void helper_set_user(uid_t user);

/*
 * Like helper_run(), but uses a new helper. It has a copy of the current memory, and shares all shared mappings. At
 * most 16 of these helpers can hang.
 */
int helper_run_new(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Closes N descriptors without blocking this process, regardless of how long the close takes (base/helper_close.c).
 * When the function returns, the numbers are free. Used for descriptors from untrusted peers, and for sockets whose
 * queue may contain such descriptors. Numbers of -1 and numbers that are not open are skipped. If no process can be
 * created, the descriptors are parked: they stay open at other numbers until a later call or until the process exits.
 * If too many are parked, and under valgrind, uses close(2). Preserves errno.
 */
void helper_close(const int *fds, size_t n);

/*
 * Closes the parked descriptors if a process for this can be created now. If AT_ONCE is false, tries this only once a
 * second.
 */
void helper_close_parked(bool at_once);

/*
 * Like helper_close(), for descriptors of which other copies stay open. The close of most copies cannot block, so these
 * are closed in this process. Numbers that are not open are skipped.
 */
void helper_close_copies(const int *fds, size_t n);

/*
 * Closes FD in a helper. Used for files whose file system is notified of every close. If too many helpers hang in a
 * close already, FD stays open.
 */
void helper_close_copy(int fd);

/* Returns true if closing FD can block although other copies stay open. */
bool helper_copy_may_wait(int fd);

/*
 * Closes the connection to the process that helper_close() created. The process exits after it has closed all
 * descriptors that it received.
 */
void helper_close_end(void);

/* Returns the socket that is connected to the process that helper_close() created, or -1. */
int helper_close_socket(void);

/* Returns true under valgrind, which does not support processes that share descriptors. */
bool helper_is_under_valgrind(void);

/* Returns the number of stuck helpers. */
size_t helper_stuck(void);

/* Returns true if helper_reap() has something to do: an idle or stuck helper exists, or descriptors are parked. */
bool helper_active(void);

/* Ends an idle helper, reaps helpers that have exited, and closes parked descriptors. Called before a long wait. */
void helper_reap(void);

/*
 * Like fork(2), but the child shares the descriptor table, and wait functions report it only with __WALL. Used only in
 * base/helper*.c.
 */
pid_t helper_fork(void);

/*
 * Like helper_close_copy(), but returns false and leaves FD open if no helper can be created. Used only in
 * base/helper*.c.
 */
bool helper_close_aside(int fd);

/*
 * Parks FD: moves it to a high number with FD_CLOEXEC. Returns false on failure. This function and the next four are
 * used only in base/helper*.c.
 */
bool helper_park(int fd);

/* Removes up to MOST descriptors from the list of parked descriptors and stores them at FDS. Returns their number. */
size_t helper_unpark(int *fds, size_t most);

/* Returns the number of parked descriptors. */
size_t helper_parked(void);

bool helper_is_parked(int fd);

/* Disables parking: later calls of helper_park() return false. */
void helper_park_stop(void);

/*
 * Called before an exit. If a helper hangs, closes all descriptors including 0 to 2, so that readers of the output
 * detect the end of file. All output must have been written, and no message can be printed after this call.
 */
void helper_exit(void);

/*
 * Called before execve(2). If a helper hangs, gives this process a separate descriptor table, and closes all
 * descriptors in the shared one. The descriptor numbers do not change. Returns 0, or -1 with *FAIL; then the helper
 * still shares the descriptors.
 */
int helper_unshare_fds(struct fail *fail);

#endif
