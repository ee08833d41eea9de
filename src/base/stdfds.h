/* SPDX-License-Identifier: ISC */
/* Ensures that descriptors 0, 1 and 2 are open before other descriptors are opened. */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

/*
 * Opens /dev/null at each of the numbers 0, 1 and 2 that is closed. /dev/null is opened write-only at 0 and read-only
 * at 1 and 2, so that using such a descriptor fails as if it were closed. The /dev/null placeholders prevent received
 * descriptors from getting the numbers 0, 1 and 2. The placeholders are close-on-exec, so that these numbers are also
 * closed in a COMMAND. Returns 0, or -1 with errno.
 */
int stdfds_open(void);

#endif
