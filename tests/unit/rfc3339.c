/* SPDX-License-Identifier: ISC */
/* Tests of formatting timestamps. The results are compared with a calendar that counts each day of 10000 years. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/rfc3339.h"
#include "tap.h"

#define DAY	   86400
#define YEAR_0	   INT64_C(-62167219200)
#define YEAR_10000 INT64_C(253402300800)

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/*
 * Checks the timestamps of the first and the last second of each day. Returns the number of wrong timestamps, and sets
 * *DAYS to the number of days.
 */
static int
calendar_differs(int *days)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	char expected[64], text[RFC3339_SIZE];
	int64_t at = YEAR_0;
	int year, month, day, differs = 0;

	for (year = 0; year < 10000; year++)
		for (month = 0; month < 12; month++)
			for (day = 1; day <= lengths[month] + (month == 1 && is_leap(year)); day++) {
				(void)snprintf(
				    expected, sizeof(expected), "%04d-%02d-%02dT00:00:00Z", year, month + 1, day);
				if (rfc3339_format(text, at, 0, 0) == NULL || strcmp(text, expected) != 0) {
					if (differs++ == 0)
						diag("expected %s", expected);
				}
				memcpy(expected + 11, "23:59:59", 8);
				at += DAY;
				differs += rfc3339_format(text, at - 1, 0, 0) == NULL || strcmp(text, expected) != 0;
				++*days;
			}
	ok(at == YEAR_10000, "the calendar of the test ends at the year 10000");
	return differs;
}

static void
test_times(void)
{
	static const struct {
		int64_t seconds, nanoseconds;
		unsigned int digits;
		const char *expected;
	} times[] = {
		{ 0, 0, 0, "1970-01-01T00:00:00Z" },
		{ -1, 999999999, 9, "1969-12-31T23:59:59.999999999Z" },
		{ 3599, 123456789, 1, "1970-01-01T00:59:59.1Z" },
		{ 3600, 123456789, 2, "1970-01-01T01:00:00.12Z" },
		{ 3661, 123456789, 3, "1970-01-01T01:01:01.123Z" },
		{ 59, 123456789, 4, "1970-01-01T00:00:59.1234Z" },
		{ 60, 123456789, 5, "1970-01-01T00:01:00.12345Z" },
		{ 86399, 123456789, 6, "1970-01-01T23:59:59.123456Z" },
		{ 86400, 123456789, 7, "1970-01-02T00:00:00.1234567Z" },
		{ 1000000000, 123456789, 8, "2001-09-09T01:46:40.12345678Z" },
		{ INT64_C(4294967296), 123456789, 9, "2106-02-07T06:28:16.123456789Z" },
		{ 1, 1, 9, "1970-01-01T00:00:01.000000001Z" },
		{ 1, 0, 3, "1970-01-01T00:00:01.000Z" },
		{ 1, 0, 10, NULL },
		{ 1, -1, 9, NULL },
		{ 1, 1000000000, 9, NULL },
		{ YEAR_0, 0, 0, "0000-01-01T00:00:00Z" },
		{ YEAR_0 - 1, 0, 0, NULL },
		{ YEAR_10000 - 1, 0, 0, "9999-12-31T23:59:59Z" },
		{ YEAR_10000, 0, 0, NULL },
		{ INT64_MIN, 0, 0, NULL },
		{ INT64_MAX, 0, 0, NULL },
	};
	char text[RFC3339_SIZE];
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		is_str(rfc3339_format(text, times[i].seconds, times[i].nanoseconds, times[i].digits), times[i].expected,
		    "%" PRId64 " s and %" PRId64 " ns with %u digits", times[i].seconds, times[i].nanoseconds,
		    times[i].digits);
}

int
main(void)
{
	int days = 0;

	is_int(calendar_differs(&days), 0, "the date of each day is correct");
	is_int(days, 3652425, "all days of 10000 years were compared");
	test_times();
	return tap_done();
}
