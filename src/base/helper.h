/* SPDX-License-Identifier: ISC */
/*
 * Runs functions in a helper process. The helper shares only the descriptor table with this process. If a system call
 * never returns, only the helper hangs. Descriptors from untrusted peers can cause this: a call can wait
 * uninterruptibly for a kernel lock that another process holds, and a close can wait for a file server. A stuck helper
 * keeps the descriptor table until its call returns. Therefore, this process leaves that table as soon as a helper
 * hangs (base/helper_table.c).
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
 * If too many closes hang, files whose file system is notified of every close stay open at their numbers. Uses close(2)
 * under valgrind. Preserves errno.
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

/* Returns true if closing FD can block although other copies stay open. */
bool helper_copy_may_wait(int fd);

/*
 * Starts the process that closes descriptors for helper_close(), and keeps it until this process ends. Intended for
 * servers, before they receive: a process that is created later has copies of all files that are open then, and closing
 * some of them may block.
 */
void helper_close_keep(void);

/* Does the same as helper_close_end(), unless helper_close_keep() was called. */
void helper_close_idle(void);

/*
 * Closes the connection to the process that helper_close() created. The process exits after it has closed all
 * descriptors that it received.
 */
void helper_close_end(void);

/* Returns true if that process exists and helper_close_idle() would end it. */
bool helper_close_active(void);

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
 * Before an exit: if a helper hangs, or if a descriptor is parked, leaves every descriptor, including 0 to 2, to
 * another process, which closes those whose close cannot block. Output must have been written; no message can be
 * printed after it.
 */
void helper_exit(void);

/*
 * Does the same if any descriptor above 2 refers to a file whose close may block. Async-signal-safe; called before a
 * signal ends this process.
 */
void helper_exit_signal(void);

/*
 * Before an exec: closes the parked descriptors. If a stuck helper still shares the descriptor table of this process,
 * moves this process to a table of its own; all descriptors keep their numbers. Returns 0, or -1 with *FAIL filled;
 * then the helper still shares the descriptors.
 */
int helper_unshare_fds(struct fail *fail);

#endif
