/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define NANOSECONDS 1000000000LL

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
	/* "-0" is within the range but not accepted. */
	if (*text == '-' && min >= 0)
		return fails(why, "is too small");
	n = strtonum(text, min, max, &err);
	if (err != NULL)
		return fails(why, strcmp(err, "too small") == 0 ? "is too small" : "is too large");
	*value = n;
	return 0;
}

int
num_seconds(const char *text, int64_t *nanoseconds, const char **why)
{
	const char *point = strchr(text, '.');
	char whole[16];
	long long seconds = 0, fraction = 0, scale = NANOSECONDS;
	size_t length = point != NULL ? (size_t)(point - text) : strlen(text);

	if (*text == '\0')
		return fails(why, "is empty");
	if (length >= sizeof(whole))
		return fails(why, text[strspn(text, "0123456789.")] != '\0' ? "is not a number" : "is too large");
	if (length == 0 && (point == NULL || point[1] == '\0'))
		return fails(why, "is not a number");
	memcpy(whole, text, length);
	whole[length] = '\0';
	if (length > 0 && num_parse(whole, 0, 9999999999LL / 2, &seconds, why) == -1)
		return -1;
	for (point = point != NULL ? point + 1 : ""; *point != '\0'; point++) {
		if (!isdigit((unsigned char)*point))
			return fails(why, "is not a number");
		scale /= 10;
		fraction += (*point - '0') * scale;
	}
	*nanoseconds = seconds * NANOSECONDS + fraction;
	return 0;
}

int
num_mode(const char *text, unsigned int *mode, const char **why)
{
	unsigned long n;

	if (*text == '\0')
		return fails(why, "is empty");
	if (text[strspn(text, "01234567")] != '\0')
		return fails(why, "is not an octal number");
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
