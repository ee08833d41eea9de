/* SPDX-License-Identifier: ISC */
/* Parsing and writing of numbers. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

/*
 * Parses TEXT, a decimal number from MIN to MAX: digits only, with a minus sign only if MIN is negative. Returns 0 and
 * fills *VALUE, or returns -1 and points *WHY to a phrase: "is not a number", "is too small", "is too large", "is
 * empty".
 */
int num_parse(const char *text, long long min, long long max, long long *value, const char **why);

/*
 * Parses seconds with an optional fraction, or a number with one of the units us, ms, s, m, min, h, d ("2", "0.25",
 * "100ms", "2m"), into nanoseconds. Returns as num_parse() does.
 */
int num_seconds(const char *text, int64_t *nanoseconds, const char **why);

/*
 * Parses an octal file mode up to 07777, or a symbolic one as chmod(1) does ("u=rw,g+r"), which changes *MODE. Returns
 * as num_parse() does.
 */
int num_mode(const char *text, unsigned int *mode, const char **why);

/*
 * Writes PREFIX, then VALUE in BASE 8 or 10 with at least DIGITS digits, and a NUL. Returns a pointer to that NUL. This
 * is used for each message, where snprintf(3) would take a tenth of all instructions.
 */
char *num_write(char *to, const char *prefix, uint64_t value, unsigned int base, unsigned int digits);

/*
 * Writes VALUE in decimal so that it ends at END: at most 20 digits, no NUL. Returns its beginning. Inline, because the
 * JSON renderer calls it often.
 */
static inline char *
num_before(char *end, uint64_t value)
{
	do
		*--end = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	return end;
}

#endif
