/* SPDX-License-Identifier: ISC */
/*
 * The limit on open files (RLIMIT_NOFILE), and the number of descriptors that can still be opened. If a received
 * descriptor finds no free number, the kernel closes it during recvmsg(2). Such a close can block this process
 * (net/receive.h).
 */
#ifndef BASE_FD_LIMIT_H
#define BASE_FD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

/* Raises the soft limit to the hard limit, and stores the previous soft limit. */
void fd_limit_raise(void);

/*
 * Called before execve(2). Restores the soft limit that was in effect before fd_limit_raise(), if enough descriptor
 * numbers below it are free.
 */
void fd_limit_restore(void);

/*
 * Returns true if N more descriptors can be opened. Counts free numbers only if the previous count does not show this.
 */
bool fd_limit_has_room(size_t n);

/*
 * Returns the size of the kernel's descriptor table. All larger descriptor numbers are free. Returns an estimate if
 * /proc is not available.
 */
int fd_table_end(void);

/* Records that N descriptors were opened. Closed descriptors are taken into account at the next count. */
void fd_limit_note(size_t n);

#endif
