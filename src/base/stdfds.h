/* SPDX-License-Identifier: ISC */
/* Ensures that descriptors 0, 1 and 2 are open before other descriptors are opened. */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

/*
 * Opens /dev/null at each of 0, 1 and 2 that is closed. It is write-only at 0 and read-only at 1 and 2, so that using
 * it fails like using a closed descriptor. Therefore, a received descriptor cannot get one of these numbers. The
 * placeholders are close-on-exec, so that they are also closed in a COMMAND. Returns 0, or -1 with errno.
 */
int stdfds_open(void);

#endif
