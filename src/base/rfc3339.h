/* SPDX-License-Identifier: ISC */
/* Moments as RFC 3339 writes them, in UTC, without the C library's calendar: it is asked for with every message. */
#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stddef.h>
#include <stdint.h>

/* "2026-11-21T01:02:03.123456789Z" and its NUL; years of more than four digits are not written. */
#define RFC3339_SIZE 31

/*
 * Writes the moment SECONDS after 1970 and NANOSECONDS after that, with DIGITS (0 to 9) digits of a second, the rest cut
 * off. Returns TEXT, or NULL if it cannot be written: a year outside of 0 to 9999, nanoseconds outside of a second.
 */
const char *rfc3339_format(char text[RFC3339_SIZE], int64_t seconds, int64_t nanoseconds, unsigned int digits);

#endif
