/* SPDX-License-Identifier: ISC */
/* Functions that parse and write numbers. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

/*
 * Parses TEXT, a decimal number from MIN to MAX. TEXT must contain only digits, except that TEXT can begin with a minus
 * sign if MIN is negative. Returns 0 and fills *VALUE. On failure, returns -1 and sets *WHY to "is not a number", "is
 * too small", "is too large" or "is empty".
 */
int num_parse(const char *text, long long min, long long max, long long *value, const char **why);

/*
 * Parses a duration and converts it to nanoseconds. TEXT is a number of seconds with an optional fraction, or the sum
 * of one or more numbers with the units us, ms, s, m, min, h, d ("2", "0.25", "100ms", "1h30m"). Returns like
 * num_parse().
 */
int num_seconds(const char *text, int64_t *nanoseconds, const char **why);

/*
 * Parses an octal file mode up to 07777, or a symbolic mode like that of chmod(1) ("u=rw,g+r"). A symbolic mode
 * modifies *MODE. Returns like num_parse().
 */
int num_mode(const char *text, unsigned int *mode, const char **why);

/*
 * Writes PREFIX and VALUE to TO, followed by a NUL byte. Writes VALUE in BASE 8 or 10 with at least DIGITS digits.
 * Returns a pointer to the terminating NUL byte. Called for each message. With snprintf(3) instead, a tenth of all
 * executed instructions of the program would be in snprintf(3).
 */
char *num_write(char *to, const char *prefix, uint64_t value, unsigned int base, unsigned int digits);

/*
 * Writes VALUE in decimal. The last digit is stored at END - 1. Writes at most 20 digits, and no NUL byte. Returns a
 * pointer to the first digit. This function is inline because the JSON renderer calls it often.
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
