/* SPDX-License-Identifier: ISC */
#include "base/deadline.h"
#include "base/monotonic.h"

#define SECOND	    INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)
#define HOUR	    3600000 /* milliseconds */

int
deadline_milliseconds(int64_t deadline)
{
	int64_t left;

	if (deadline == NO_DEADLINE)
		return -1;
	left = deadline - monotonic_now();
	if (left <= 0)
		return 0;
	left = (left + MILLISECOND - 1) / MILLISECOND;
	return left > HOUR ? HOUR : (int)left;
}

const struct timespec *
deadline_timespec(int64_t deadline, struct timespec *time)
{
	int64_t left, seconds;

	if (deadline == NO_DEADLINE)
		return NULL;
	left = deadline - monotonic_now();
	if (left < 0)
		left = 0;
	seconds = left / SECOND;
	/* On some architectures, time_t has only 32 bits, so larger values are limited to INT32_MAX. */
	time->tv_sec = (time_t)(seconds > INT32_MAX ? INT32_MAX : seconds);
	time->tv_nsec = (long)(left % SECOND);
	return time;
}
