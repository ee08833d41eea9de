/* SPDX-License-Identifier: ISC */
#include "base/rfc3339.h"
#include "base/num.h"

#define DAY		  86400
#define YEAR_0		  INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define YEAR_10000	  INT64_C(253402300800) /* 10000-01-01T00:00:00Z */
#define DAYS_BEFORE_1970  719468		/* days from 0000-03-01 to 1970-01-01 */
#define DAYS_OF_400_YEARS 146097

/*
 * Converts DAYS since 1970-01-01 to a calendar date, and writes it as text. The calculation uses years that begin in
 * March, so that the leap day is the last day of a year.
 */
static char *
rfc3339_date(char *to, int64_t days)
{
	unsigned int of_era, year, of_year, month, day;
	int64_t era;

	days += DAYS_BEFORE_1970;
	era = (days >= 0 ? days : days - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
	of_era = (unsigned int)(days - era * DAYS_OF_400_YEARS);
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	day = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	year = (unsigned int)(year + era * 400 + (month <= 2));
	to = num_write(to, "", year, 10, 4);
	*to++ = '-';
	to = num_write(to, "", month, 10, 2);
	*to++ = '-';
	return num_write(to, "", day, 10, 2);
}

const char *
rfc3339_format(char text[RFC3339_SIZE], int64_t seconds, int64_t nanoseconds, unsigned int digits)
{
	static const unsigned int powers[] = { 1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10,
		1 };
	unsigned int of_day;
	int64_t days;
	char *to = text;

	if (seconds < YEAR_0 || seconds >= YEAR_10000 || nanoseconds < 0 || nanoseconds > 999999999 || digits > 9)
		return NULL;
	days = (seconds >= 0 ? seconds : seconds - (DAY - 1)) / DAY;
	of_day = (unsigned int)(seconds - days * DAY);
	to = rfc3339_date(to, days);
	*to++ = 'T';
	to = num_write(to, "", of_day / 3600, 10, 2);
	*to++ = ':';
	to = num_write(to, "", of_day / 60 % 60, 10, 2);
	*to++ = ':';
	to = num_write(to, "", of_day % 60, 10, 2);
	if (digits > 0) {
		*to++ = '.';
		to = num_write(to, "", (unsigned int)nanoseconds / powers[digits], 10, digits);
	}
	*to++ = 'Z';
	*to = '\0';
	return text;
}
