/* SPDX-License-Identifier: ISC */
/* Timestamps in the format of RFC 3339, in UTC. Faster than gmtime_r(3) and strftime(3); used for each message. */
#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stddef.h>
#include <stdint.h>

/* "2026-11-21T01:02:03.123456789Z" and its NUL; years have four digits. */
#define RFC3339_SIZE 31

/*
 * Writes the time SECONDS and NANOSECONDS since the epoch, with DIGITS (0 to 9) fractional digits; further digits are
 * truncated. Returns TEXT, or NULL if the year is outside 0 to 9999 or NANOSECONDS outside one second.
 */
const char *rfc3339_format(char text[RFC3339_SIZE], int64_t seconds, int64_t nanoseconds, unsigned int digits);

#endif
