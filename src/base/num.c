/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define NANOSECONDS INT64_C(1000000000)
#define TIME_MAX    (INT64_C(5000000000) * NANOSECONDS - 1)
#define DIGITS	    "0123456789"
#define LETTERS	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int
fails(const char **why, const char *phrase)
{
	*why = phrase;
	return -1;
}

int
num_parse(const char *text, long long min, long long max, long long *value, const char **why)
{
	const char *digits = text;
	const char *err;
	long long n;

	if (*text == '\0')
		return fails(why, "is empty");
	if (*digits == '-')
		digits++;
	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return fails(why, "is not a number");
	/* strtoll(3) accepts "-0" even if negative numbers are not allowed. */
	if (*text == '-' && min >= 0)
		return fails(why, "is too small");
	n = strtonum(text, min, max, &err);
	if (err != NULL)
		return fails(why, strcmp(err, "too small") == 0 ? "is too small" : "is too large");
	*value = n;
	return 0;
}

/*
 * Returns the number of nanoseconds in the unit whose name is the LENGTH letters at TEXT. An empty name means seconds.
 * Returns 0 if the name is unknown.
 */
static int64_t
unit_size(const char *text, size_t length)
{
	static const struct {
		const char *name;
		int64_t size;
	} units[] = { { "", NANOSECONDS }, { "us", 1000 }, { "ms", 1000000 }, { "s", NANOSECONDS },
		{ "m", 60 * NANOSECONDS }, { "min", 60 * NANOSECONDS }, { "h", 3600 * NANOSECONDS },
		{ "d", 86400 * NANOSECONDS } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strncmp(text, units[i].name, length) == 0 && units[i].name[length] == '\0')
			return units[i].size;
	return 0;
}

/*
 * Converts the digits after a decimal point to nanoseconds. FRACTION points to DIGITS digits. SIZE is the number of
 * nanoseconds in the unit.
 */
static int64_t
part_of(const char *fraction, size_t digits, int64_t size)
{
	int64_t parts = 0, scale = NANOSECONDS;
	size_t i;

	for (i = 0; i < digits && scale > 1; i++) {
		scale /= 10;
		parts += (fraction[i] - '0') * scale;
	}
	return size >= NANOSECONDS ? size / NANOSECONDS * parts : parts * size / NANOSECONDS;
}

/*
 * Parses the number and the unit at the start of *TEXT, and moves *TEXT to the text after them. Adds the time to
 * *NANOSECONDS. Returns like num_parse().
 */
static int
add_time(const char **text, int64_t *nanoseconds, const char **why)
{
	size_t whole = strspn(*text, DIGITS), digits = 0, letters;
	const char *unit = *text + whole, *fraction = unit;
	char number[16];
	long long n = 0;
	int64_t size;

	if (*unit == '.') {
		fraction = unit + 1;
		digits = strspn(fraction, DIGITS);
		unit = fraction + digits;
		if (*unit == '.')
			return fails(why, "is not a number");
	}
	letters = strspn(unit, LETTERS);
	size = unit_size(unit, letters);
	if (whole + digits > 0 && size == 0 && unit[letters] == '\0')
		return fails(why, "has an unknown unit (expected us, ms, s, m, min, h or d)");
	if (whole + digits == 0 || size == 0)
		return fails(why, "is not a number");
	if (whole >= sizeof(number))
		return fails(why, "is too large");
	memcpy(number, *text, whole);
	number[whole] = '\0';
	if (whole > 0 && num_parse(number, 0, (TIME_MAX - *nanoseconds) / size, &n, why) == -1)
		return -1;
	*nanoseconds += n * size + part_of(fraction, digits, size);
	*text = unit + letters;
	return 0;
}

int
num_seconds(const char *text, int64_t *nanoseconds, const char **why)
{
	const char *start = text, *term;
	int64_t sum = 0;

	if (*text == '\0')
		return fails(why, "is empty");
	if (*text == '-' && text[1 + strspn(text + 1, DIGITS ".")] == '\0' && text[1] != '\0')
		return fails(why, "is too small");
	while (*text != '\0') {
		term = text;
		if (add_time(&text, &sum, why) == -1)
			return -1;
		/* A number without a unit is valid only if it is the whole text. */
		if (term + strspn(term, DIGITS ".") == text && (term != start || *text != '\0'))
			return fails(why, "is not a number");
		if (sum > TIME_MAX)
			return fails(why, "is too large");
	}
	*nanoseconds = sum;
	return 0;
}

/*
 * Returns the permission bits of LETTERS ("rw" in "u=rw") for user, group and others. Returns -1 if a letter is
 * unknown.
 */
static int
permissions(const char *letters, size_t count)
{
	int bits = 0;

	for (; count > 0; count--, letters++)
		switch (*letters) {
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= 0111;
			break;
		default:
			return -1;
		}
	return bits;
}

/*
 * Returns the mode bits of the user classes in TEXT ("ug" in "ug+rw"). If COUNT is 0, returns the bits of user, group
 * and others.
 */
static unsigned int
classes(const char *text, size_t count)
{
	unsigned int mask = 0;

	for (; count > 0; count--, text++)
		mask |= *text == 'u' ? 0700 : *text == 'g' ? 0070 : *text == 'o' ? 0007 : 0777;
	return mask != 0 ? mask : 0777;
}

/*
 * Applies one clause of a symbolic mode, such as "u=rw", to *MODE. The clause extends to END. Returns 0, or -1 if the
 * clause is invalid.
 */
static int
clause_apply(const char *text, const char *end, unsigned int *mode)
{
	size_t who = strspn(text, "ugoa");
	const char *op = text + who;
	int bits = op < end ? permissions(op + 1, (size_t)(end - op) - 1) : -1;
	unsigned int mask = classes(text, who);

	if (bits == -1)
		return -1;
	switch (*op) {
	case '=':
		*mode = (*mode & ~mask) | ((unsigned int)bits & mask);
		return 0;
	case '+':
		*mode |= (unsigned int)bits & mask;
		return 0;
	case '-':
		*mode &= ~((unsigned int)bits & mask);
		return 0;
	default:
		return -1;
	}
}

static int
mode_symbolic(const char *text, unsigned int *mode, const char **why)
{
	unsigned int result = *mode;
	const char *end;

	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		if (clause_apply(text, end, &result) == -1)
			return fails(why, "is neither an octal number nor a symbolic mode");
		if (*end == '\0')
			break;
	}
	*mode = result;
	return 0;
}

int
num_mode(const char *text, unsigned int *mode, const char **why)
{
	unsigned long n;

	if (*text == '\0')
		return fails(why, "is empty");
	if (text[strspn(text, "01234567")] != '\0')
		return mode_symbolic(text, mode, why);
	errno = 0;
	n = strtoul(text, NULL, 8);
	if (errno != 0 || n > 07777)
		return fails(why, "is too large");
	*mode = (unsigned int)n;
	return 0;
}

char *
num_write(char *to, const char *prefix, uint64_t value, unsigned int base, unsigned int digits)
{
	char backwards[24];
	unsigned int count = 0;

	do {
		backwards[count++] = (char)('0' + value % base);
		value /= base;
	} while (value > 0 || count < digits);
	while (*prefix != '\0')
		*to++ = *prefix++;
	while (count > 0)
		*to++ = backwards[--count];
	*to = '\0';
	return to;
}
