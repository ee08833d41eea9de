/* SPDX-License-Identifier: ISC */
/*
 * Runs functions in a helper process that shares the descriptors of this process and nothing else: if a system call
 * never returns, only the helper hangs. A descriptor from an untrusted peer can cause that: a call that needs a lock in
 * the kernel waits, uninterruptibly, while another process holds the lock, and a close can wait for a file server. A
 * stuck helper shares the descriptor table until its call returns, so it would keep all descriptors open after this
 * process has exited. helper_exit() closes everything before an exit, helper_unshare_fds() unshares the table before an
 * exec. Both cost almost nothing while no helper is stuck.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

#define HELPER_ARG_MAX 8192 /* maximum size of ARG */

/*
 * Calls WORK in a helper with a copy of the SIZE bytes at ARG, and copies them back. WORK must depend on ARG only,
 * because the helper's memory is a copy made when it started: of its changes, only descriptors and ARG are visible
 * here. Under valgrind, WORK is called in this process. Returns 0, or -1 with errno and ARG unchanged: ETIMEDOUT if
 * WORK hangs, EBUSY if 16 helpers of the same user or 256 in total hang already, otherwise the error that prevented
 * creating a helper. UNDO (or NULL) is called in the helper if WORK returns after this function stopped waiting.
 */
int helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/* From now on, helper_run() is called for descriptors of USER, or of an unknown user if that is -1. */
void helper_set_user(uid_t user);

/*
 * Does the same as helper_run() in a new helper, which has a copy of the current memory and shares all shared mappings.
 * At most 16 of these helpers may hang.
 */
int helper_run_new(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size);

/*
 * Closes N descriptors so that none can block this process, however long the close takes (base/helper_close.c). The
 * numbers are free when it returns. Intended for descriptors from untrusted peers, and for sockets whose queue may
 * contain such descriptors. Numbers of -1, and those that are not open, are skipped. If no process can be created, they
 * are parked: they stay open at other numbers until a later call, or until the exit. Falls back to close(2) if too many
 * are parked, and under valgrind. Keeps errno.
 */
void helper_close(const int *fds, size_t n);

/* Closes the parked descriptors if that is possible now. Without AT_ONCE, tries to create a process once a second. */
void helper_close_parked(bool at_once);

/*
 * Does the same for descriptors of which copies remain open, so that only few closes can block: all others are closed
 * in this process. Numbers that are not open are skipped.
 */
void helper_close_copies(const int *fds, size_t n);

/*
 * Closes FD in a helper, for files whose file system is notified of every close. If too many closes hang already, FD
 * stays open.
 */
void helper_close_copy(int fd);

/* Returns true if closing FD may block although copies remain open. */
bool helper_copy_may_wait(int fd);

/* Lets the process that helper_close() created exit once it has closed everything it received. */
void helper_close_end(void);

/* Returns the socket that is connected to the process that helper_close() created, or -1. */
int helper_close_socket(void);

/* valgrind does not support processes that share descriptors. */
bool helper_is_under_valgrind(void);

/* Returns the number of stuck helpers. */
size_t helper_stuck(void);

/* Returns true if a helper exists: one that briefly waits for more work, or one that hangs; or if any is parked. */
bool helper_active(void);

/* Ends an idle helper, reaps those that have exited, and closes the parked descriptors. Called before a long wait. */
void helper_reap(void);

/*
 * Like fork(2), but the child shares the descriptor table, and only a wait with __WALL sees it. Internal to
 * base/helper*.c.
 */
pid_t helper_fork(void);

/*
 * Does the same as helper_close_copy(), but returns false, with FD open, if no helper can be created. Internal to
 * base/helper*.c.
 */
bool helper_close_aside(int fd);

/*
 * Parks FD: moves it to a high number, with FD_CLOEXEC. Returns false if that is impossible. This and the next four are
 * also internal.
 */
bool helper_park(int fd);

/* Forgets up to MOST parked descriptors and returns how many numbers it stored at FDS. */
size_t helper_unpark(int *fds, size_t most);

/* Returns the number of parked descriptors. */
size_t helper_parked(void);

bool helper_is_parked(int fd);

/* From now on, helper_park() returns false. */
void helper_park_stop(void);

/*
 * Before an exit: if a helper hangs, closes every descriptor, including 0 to 2, so that the readers of our output see
 * the end of file. Output must have been written; no message can be printed after it.
 */
void helper_exit(void);

/*
 * Before an exec: if a helper hangs, moves this process to a descriptor table of its own and empties the shared one.
 * All descriptors keep their numbers. Returns 0, or -1 with *FAIL filled; then the helper still shares the descriptors.
 */
int helper_unshare_fds(struct fail *fail);

#endif
