/* SPDX-License-Identifier: ISC */
/*
 * Converts a deadline to the timeout of poll(2) or ppoll(2). A deadline is a time of CLOCK_MONOTONIC in nanoseconds. If
 * the deadline is in the past, the timeout is 0.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdint.h>
#include <time.h>

#define NO_DEADLINE INT64_MAX /* equal to FDPASS_NEVER */

/*
 * Returns the milliseconds until DEADLINE, rounded up, or -1 for NO_DEADLINE. Returns at most one hour. Returns 0 only
 * if DEADLINE has been reached.
 */
int deadline_milliseconds(int64_t deadline);

/* Stores the time that remains until DEADLINE in *TIME. Returns TIME, or NULL for NO_DEADLINE. */
const struct timespec *deadline_timespec(int64_t deadline, struct timespec *time);

#endif
