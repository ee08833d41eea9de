/* SPDX-License-Identifier: ISC */
/* Ensures that descriptors 0, 1 and 2 are open before anything else is opened. */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

/*
 * Opens /dev/null at each of 0, 1 and 2 that is closed: write-only at 0, read-only at 1 and 2, so that using it still
 * fails. No received descriptor can then get one of these numbers. The placeholders are close-on-exec: a COMMAND finds
 * the same descriptors closed. Returns 0, or -1 with errno.
 */
int stdfds_open(void);

#endif
