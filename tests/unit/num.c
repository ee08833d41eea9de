/* SPDX-License-Identifier: ISC */
/* Tests of base/num.c: parsing numbers, times and file modes. */
#include <limits.h>

#include "base/num.h"

#include "tap.h"

#define SECOND INT64_C(1000000000)

static void
parses(const char *text, long long min, long long max, long long wanted)
{
	const char *why = "";
	long long value = ~wanted;

	if (num_parse(text, min, max, &value, &why) == -1)
		ok(0, "\"%s\" is accepted as a number (%s)", text, why);
	else
		is_int(value, wanted, "\"%s\" is %lld", text, wanted);
}

static void
refuses(const char *text, long long min, long long max, const char *phrase)
{
	const char *why = "not refused";
	long long value = 77;

	if (num_parse(text, min, max, &value, &why) != -1)
		why = "not refused";
	is_str(why, phrase, "\"%s\" %s", text, phrase);
	is_int(value, 77, "a refused number leaves the value unchanged");
}

static void
lasts(const char *text, int64_t wanted)
{
	const char *why = "";
	int64_t value = -1;

	if (num_seconds(text, &value, &why) == -1)
		ok(0, "\"%s\" is accepted as a time (%s)", text, why);
	else
		is_int(value, wanted, "\"%s\" is %lld ns", text, (long long)wanted);
}

#define UNIT "has an unknown unit (expected us, ms, s, m, min, h or d)"

static void
no_seconds(const char *text, const char *phrase)
{
	const char *why = "not refused";
	int64_t value;

	if (num_seconds(text, &value, &why) != -1)
		why = "not refused";
	is_str(why, phrase, "\"%s\" as a time %s", text, phrase);
}

static void
has_mode(const char *text, unsigned int wanted)
{
	const char *why = "";
	unsigned int mode = 1;

	if (num_mode(text, &mode, &why) == -1)
		ok(0, "\"%s\" is accepted as a mode (%s)", text, why);
	else
		is_int(mode, wanted, "\"%s\" is mode %o", text, wanted);
}

static void
no_mode(const char *text, const char *phrase)
{
	const char *why = "not refused";
	unsigned int mode;

	if (num_mode(text, &mode, &why) != -1)
		why = "not refused";
	is_str(why, phrase, "\"%s\" as a mode %s", text, phrase);
}

static void
test_parse(void)
{
	parses("0", 0, 10, 0);
	parses("10", 0, 10, 10);
	parses("007", 0, 10, 7);
	parses("9223372036854775807", 0, LLONG_MAX, LLONG_MAX);
	parses("-9223372036854775808", LLONG_MIN, LLONG_MAX, LLONG_MIN);
	parses("-5", -5, 5, -5);
	parses("-0", -5, 5, 0);
	refuses("11", 0, 10, "is too large");
	refuses("9223372036854775808", 0, LLONG_MAX, "is too large");
	refuses("99999999999999999999999999", 0, LLONG_MAX, "is too large");
	refuses("-9223372036854775809", LLONG_MIN, 0, "is too small");
	refuses("2", 3, 10, "is too small");
	refuses("-6", -5, 5, "is too small");
	refuses("-1", 0, 10, "is too small");
	refuses("-0", 0, 10, "is too small");
	refuses("", 0, 10, "is empty");
	refuses("-", -5, 5, "is not a number");
	refuses("--5", -5, 5, "is not a number");
	refuses("+5", 0, 10, "is not a number");
	refuses(" 5", 0, 10, "is not a number");
	refuses("5 ", 0, 10, "is not a number");
	refuses("5\t", 0, 10, "is not a number");
	refuses("0x5", 0, 10, "is not a number");
	refuses("1e1", 0, 10, "is not a number");
	refuses("1.0", 0, 10, "is not a number");
	refuses("\xd9\xa3", 0, 10, "is not a number");
}

static void
test_seconds(void)
{
	lasts("0", 0);
	lasts("2", 2 * SECOND);
	lasts("0.25", SECOND / 4);
	lasts(".5", SECOND / 2);
	lasts("1.", SECOND);
	lasts("1.000000001", SECOND + 1);
	lasts("1.0000000009", SECOND);
	lasts("0.99999999999999999999999999999999999999999999999999", SECOND - 1);
	lasts("4999999999.999999999", 4999999999 * SECOND + 999999999);
	lasts("1s", SECOND);
	lasts("2m", 120 * SECOND);
	lasts("1.5min", 90 * SECOND);
	lasts("2h", 7200 * SECOND);
	lasts("1d", 86400 * SECOND);
	lasts("250ms", SECOND / 4);
	lasts("1.5us", 1500);
	lasts("0.000000001m", 60);
	lasts("1h30m", 5400 * SECOND);
	lasts("1d2h3m4.5s6ms7us", 93784 * SECOND + 506007000);
	lasts("30m1.5h", 7200 * SECOND);
	lasts("83333333m19.999999999s", 4999999999 * SECOND + 999999999);
	no_seconds("83333333m20s", "is too large");
	no_seconds("4999999999s1000ms", "is too large");
	no_seconds("4999999999s4999999999s4999999999s", "is too large");
	no_seconds("4999999999.999999999s0.5d", "is too large");
	no_seconds("1h30", "is not a number");
	no_seconds("1.5.5s", "is not a number");
	no_seconds("1..5s", "is not a number");
	no_seconds("1.2.3ms", "is not a number");
	no_seconds("1h 30m", "is not a number");
	no_seconds("1h.", "is not a number");
	no_seconds("1h30x", UNIT);
	no_seconds("1h-1m", "is not a number");
	no_seconds("5000000000", "is too large");
	no_seconds("9999999999999999999999999999", "is too large");
	no_seconds("", "is empty");
	no_seconds(".", "is not a number");
	no_seconds("-", "is not a number");
	no_seconds("-1", "is too small");
	no_seconds("-0.5", "is too small");
	no_seconds("-0", "is too small");
	no_seconds("+1", "is not a number");
	no_seconds(" 1", "is not a number");
	no_seconds("1 ", "is not a number");
	no_seconds("1.5x", UNIT);
	no_seconds("s", "is not a number");
	no_seconds("1 s", "is not a number");
	no_seconds("1ss", UNIT);
	no_seconds("-1s", "is not a number");
	no_seconds("83333334m", "is too large");
	no_seconds("1.2.3", "is not a number");
	no_seconds("1.-2", "is not a number");
	no_seconds("1e3", "is not a number");
	no_seconds("inf", "is not a number");
	no_seconds("nan", "is not a number");
	no_seconds("1,5", "is not a number");
	no_seconds("infinityinfinityinfinity", "is not a number");
}

static void
test_mode(void)
{
	has_mode("0", 0);
	has_mode("600", 0600);
	has_mode("0600", 0600);
	has_mode("7777", 07777);
	has_mode("00000000000000000000000000000000000777", 0777);
	no_mode("", "is empty");
	no_mode("10000", "is too large");
	no_mode("7777777777777777777777777777777777", "is too large");
	no_mode("8", "is neither an octal number nor a symbolic mode");
	no_mode("-1", "is neither an octal number nor a symbolic mode");
	no_mode("+600", "is neither an octal number nor a symbolic mode");
	no_mode(" 600", "is neither an octal number nor a symbolic mode");
	no_mode("0x1", "is neither an octal number nor a symbolic mode");
	has_mode("u=rw", 0601);
	has_mode("=", 0);
	has_mode("a=", 0);
	has_mode("u=rw,g=r", 0641);
	has_mode("+rw", 0667);
	has_mode("ug+x", 0111);
	has_mode("o-x", 0);
	has_mode("a=rwx,o-rwx", 0770);
	no_mode("u", "is neither an octal number nor a symbolic mode");
	no_mode("u=rw,", "is neither an octal number nor a symbolic mode");
	no_mode("u=q", "is neither an octal number nor a symbolic mode");
	no_mode("z=r", "is neither an octal number nor a symbolic mode");
	no_mode("u=r w", "is neither an octal number nor a symbolic mode");
	no_mode("u=r,7", "is neither an octal number nor a symbolic mode");
}

static void
writes(const char *expected, const char *prefix, uint64_t value, unsigned int base, unsigned int digits)
{
	char text[40];
	const char *end = num_write(text, prefix, value, base, digits);

	is_str(text, expected, "%s", expected);
	ok(end == text + strlen(expected), "num_write() returns the end of %s", expected);
}

static void
test_write(void)
{
	writes("0", "", 0, 10, 1);
	writes("fd/18446744073709551615", "fd/", UINT64_MAX, 10, 1);
	writes("0640", "", 0640, 8, 4);
	writes("1777777777777777777777", "", UINT64_MAX, 8, 4);
	writes("0000", "", 0, 8, 4);
}

int
main(void)
{
	test_parse();
	test_seconds();
	test_mode();
	test_write();
	return tap_done();
}
