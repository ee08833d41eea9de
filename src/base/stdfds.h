/* SPDX-License-Identifier: ISC */
/* Descriptors 0, 1 and 2, made sure of before anything else is opened. */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

/*
 * Fills each of 0, 1 and 2 that is closed with a /dev/null that fails: not readable at 0, not writable at 1 and 2. So no
 * received descriptor lands there by accident, and what the caller closed still fails as closed. They are close-on-exec:
 * a command finds closed what was closed. Returns 0, or -1 with errno.
 */
int stdfds_open(void);

#endif
