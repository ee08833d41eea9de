/* SPDX-License-Identifier: ISC */
/*
 * Work done current, by a helper process that shares this process's descriptors and nothing else: if a system call never
 * returns, only the helper hangs. A descriptor from a stranger can do that: a call that needs a lock in the kernel
 * waits while somebody else holds it, uninterruptibly, and closing it can wait for a file server.
 *
 * An stuck helper shares the table of descriptors for as long as it hangs, so it would keep open what this process
 * has open after it is gone. helper_exit() gives up everything before an exit, helper_unshare_fds() gets a table of our own
 * before an exec. Both are nearly free while no helper is stuck.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

#define HELPER_ARG_MAX 8192 /* of ARG at most */

/*
 * Calls WORK with a copy of the SIZE bytes at ARG in a helper and copies them back. WORK must go by what is in ARG
 * alone, as the helper's memory is as old as the helper, and nothing else that it writes is seen here, except
 * descriptors. Under valgrind, which knows no such helpers, WORK is called here. Returns 0, or -1 with errno and ARG as it was: ETIMEDOUT if WORK hangs and was stuck, EBUSY if too
 * many are stuck already, otherwise why no helper could be made. UNDO (or NULL) is called in the helper if WORK
 * does return after it was stuck.
 */
int helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Closes N descriptors so that none can hold this process up, however long the close takes (base/helper_close.c): when it
 * returns, the numbers are free. This is for descriptors from strangers, and for sockets in whose queue strangers may
 * have put some. Numbers of -1, and those that are not open, are skipped. Falls back to close(2) if no helper can be made,
 * as under valgrind. Keeps errno.
 */
void helper_close(const int *fds, size_t n);

/*
 * The same for descriptors of which copies stay open, so that few of them can make one wait: the others are closed
 * here. Numbers that are not open are skipped.
 */
void helper_close_copies(const int *fds, size_t n);

/*
 * Closes FD in a helper, for files whose file system hears of every close. If as many closes hang as may, FD stays open
 * rather than that anybody waits.
 */
void helper_close_copy(int fd);

/* True if a close of FD may wait although copies stay open. */
bool helper_copy_may_wait(int fd);

/* Lets the process end that helper_close() made, once it has closed what it was given. */
void helper_close_end(void);

/* The descriptor that leads to that process, or -1. */
int helper_close_socket(void);

/* valgrind knows no processes that share descriptors. */
bool helper_is_under_valgrind(void);

/* How many helpers hang. */
size_t helper_stuck(void);

/* True if there is a helper: one that waits for more work, as one does for a moment, or one that hangs. */
bool helper_active(void);

/* Sends home a helper that waits for more work, and collects those that no longer hang. For before a long wait. */
void helper_reap(void);

/*
 * As fork(2), but the child shares our descriptors, and only a wait with __WALL sees it. For the two files of this
 * part.
 */
pid_t helper_fork(void);

/*
 * Before an exit: if a helper hangs, lets go of every descriptor, 0 to 2 included, so that whoever reads from us sees
 * the end. Output must have been written. Nothing can be said after it.
 */
void helper_exit(void);

/*
 * Before an exec: if a helper hangs, moves this process to a table of descriptors of its own and empties the shared
 * one. All descriptors keep their numbers. Returns 0, or -1 with *FAIL filled; then the helper's table still holds
 * them.
 */
int helper_unshare_fds(struct fail *fail);

#endif
