/* SPDX-License-Identifier: ISC */
/*
 * Work in a helper process that shares the descriptors of this process and nothing else: if a system call never
 * returns, only the helper hangs. A descriptor from a stranger can cause that: a call that needs a lock in the kernel
 * waits, uninterruptibly, while another process holds it, and a close can wait for a file server.
 *
 * A stuck helper shares the table of descriptors until its call returns, so it would keep all of them open after this
 * process has exited. helper_exit() closes everything before an exit, helper_unshare_fds() unshares the table before an
 * exec. Both are nearly free while no helper is stuck.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

#define HELPER_ARG_MAX 8192 /* of ARG at most */

/*
 * Calls WORK in a helper with a copy of the SIZE bytes at ARG, and copies them back. WORK must depend on ARG only,
 * because the memory of the helper is a copy from its start, and apart from descriptors and ARG nothing that it
 * changes is seen here. Under valgrind, WORK is called in this process. Returns 0, or -1 with errno and ARG
 * unchanged: ETIMEDOUT if WORK hangs, EBUSY if too many hang already, otherwise the reason why there is no helper.
 * UNDO (or NULL) is called in the helper if WORK returns after this function has given it up.
 */
int helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Closes N descriptors so that none can hold this process up, however long the close takes (base/helper_close.c):
 * when it returns, the numbers are free. This is for descriptors from strangers, and for sockets in whose queue
 * strangers may have put some. Numbers of -1, and those that are not open, are skipped. Falls back to close(2) if no
 * helper can be made, as under valgrind. Keeps errno.
 */
void helper_close(const int *fds, size_t n);

/*
 * The same for descriptors of which copies stay open, so that few of them can make one wait: the others are closed
 * here. Numbers that are not open are skipped.
 */
void helper_close_copies(const int *fds, size_t n);

/*
 * Closes FD in a helper, for files whose file system hears of every close. If too many closes hang already, FD
 * stays open instead.
 */
void helper_close_copy(int fd);

/* True if a close of FD may wait although copies stay open. */
bool helper_copy_may_wait(int fd);

/* Lets the process end that helper_close() made, once it has closed what it was given. */
void helper_close_end(void);

/* The descriptor that leads to that process, or -1. */
int helper_close_socket(void);

/* valgrind does not support processes that share descriptors. */
bool helper_is_under_valgrind(void);

/* How many helpers hang. */
size_t helper_stuck(void);

/* True if there is a helper: one that waits for more work, as one does for a moment, or one that hangs. */
bool helper_active(void);

/* Ends an idle helper and reaps those that no longer hang. To be called before a long wait. */
void helper_reap(void);

/*
 * As fork(2), but the child shares our descriptors, and only a wait with __WALL sees it. For the two files of this
 * part.
 */
pid_t helper_fork(void);

/*
 * Before an exit: if a helper hangs, closes every descriptor, including 0 to 2, so that the readers of our output see
 * the end of file. Output must have been written; no message can be printed after it.
 */
void helper_exit(void);

/*
 * Before an exec: if a helper hangs, moves this process to a table of descriptors of its own and empties the shared
 * one. All descriptors keep their numbers. Returns 0, or -1 with *FAIL filled; then the helper's table still holds
 * them.
 */
int helper_unshare_fds(struct fail *fail);

#endif
