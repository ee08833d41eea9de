/* SPDX-License-Identifier: ISC */
/*
 * Writes timestamps in the format of RFC 3339, in UTC. rfc3339_format() is called for each message, and is faster than
 * gmtime_r(3) and strftime(3).
 */
#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stddef.h>
#include <stdint.h>

/* Size of "2026-11-21T01:02:03.123456789Z" including its NUL byte. Years always have four digits. */
#define RFC3339_SIZE 31

/*
 * Writes the time SECONDS and NANOSECONDS since the epoch to TEXT. DIGITS (0 to 9) is the number of fractional digits;
 * the time is truncated, not rounded. Returns TEXT. Returns NULL if the year is outside 0 to 9999, or if NANOSECONDS is
 * not less than one second.
 */
const char *rfc3339_format(char text[RFC3339_SIZE], int64_t seconds, int64_t nanoseconds, unsigned int digits);

#endif
