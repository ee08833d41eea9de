/* SPDX-License-Identifier: ISC */
/* Ensures that descriptors 0, 1 and 2 are open before other descriptors are opened. */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

/*
 * Opens /dev/null at each of the numbers 0, 1 and 2 that is closed. Descriptor 0 is write-only, and descriptors 1 and 2
 * are read-only, so that reading from 0 and writing to 1 or 2 fail with EBADF, as if these descriptors were closed.
 * Without this function, received descriptors could get the numbers 0, 1 and 2. The opened descriptors are
 * close-on-exec, so that these numbers are closed in COMMAND, too. Returns 0, or -1 with errno.
 */
int stdfds_open(void);

#endif
