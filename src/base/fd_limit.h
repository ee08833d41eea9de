/* SPDX-License-Identifier: ISC */
/*
 * The limit on open files (RLIMIT_NOFILE), and the number of descriptors that can be opened below this limit. If no
 * descriptor number is free for a received descriptor, the kernel closes this descriptor during recvmsg(2). If the
 * sender has closed its own descriptor, the close in the kernel is the last close, and can block this process
 * (net/receive.h).
 */
#ifndef BASE_FD_LIMIT_H
#define BASE_FD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

/* Raises the soft limit RLIMIT_NOFILE to the hard limit, and stores the previous soft limit. */
void fd_limit_raise(void);

/*
 * Called before execve(2). Restores the soft limit that fd_limit_raise() stored, if enough descriptor numbers below
 * that limit are free.
 */
void fd_limit_restore(void);

/*
 * Returns true if N more descriptors can be opened. Counts the free numbers only if the result of the previous count is
 * less than N.
 */
bool fd_limit_has_room(size_t n);

/*
 * Returns the size of the kernel's descriptor table for this process. Descriptor numbers at or above the returned size
 * are not open. Returns an estimate if /proc cannot be read.
 */
int fd_table_end(void);

/*
 * Records that N more descriptors are open. Descriptors that are closed later increase the number of free descriptors
 * only at the next count.
 */
void fd_limit_note(size_t n);

#endif
