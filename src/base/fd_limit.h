/* SPDX-License-Identifier: ISC */
/*
 * The limit on open files (RLIMIT_NOFILE), and how many descriptors can still be opened. A descriptor that arrives in a
 * message and finds no free number is closed by the kernel, in this process and before recvmsg(2) returns; such a close
 * can block (net/receive.h).
 */
#ifndef BASE_FD_LIMIT_H
#define BASE_FD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

/* Raises the soft limit to the hard limit, and remembers the previous soft limit. */
void fd_limit_raise(void);

/*
 * Before an exec: restores the soft limit that was in effect before fd_limit_raise(), unless more descriptors are open.
 */
void fd_limit_restore(void);

/*
 * Returns true if N more descriptors can certainly be opened. Counts free numbers only if the answer is not known
 * already.
 */
bool fd_limit_has_room(size_t n);

/* Returns the size of the kernel's table of descriptors: all larger numbers are free. 0 if it is unknown. */
size_t fd_table_size(void);

/* Records that N descriptors were opened. Descriptors that were closed are noticed at the next count. */
void fd_limit_note(size_t n);

#endif
