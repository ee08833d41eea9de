/* SPDX-License-Identifier: ISC */
/* Numbers as people write them. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

/*
 * A whole decimal number from MIN to MAX, digits only, with a minus sign only if MIN is negative. Returns 0 and fills
 * *VALUE, or returns -1 and points *WHY to a phrase: "is not a number", "is too small", "is too large", "is empty".
 */
int num_parse(const char *text, long long min, long long max, long long *value, const char **why);

/* Seconds with an optional fraction ("2", "0.25"), at most ten digits before the point, as nanoseconds. As num_parse(). */
int num_seconds(const char *text, int64_t *nanoseconds, const char **why);

/* A file mode in octal, up to 07777. As num_parse(). */
int num_mode(const char *text, unsigned int *mode, const char **why);

/*
 * PREFIX, VALUE to the BASE 8 or 10 with at least so many DIGITS, and a NUL, to which a pointer is returned. For each message,
 * where snprintf(3) takes too long.
 */
char *num_write(char *to, const char *prefix, uint64_t value, unsigned int base, unsigned int digits);

#endif
