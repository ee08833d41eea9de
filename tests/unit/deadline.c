/* SPDX-License-Identifier: ISC */
/* Tests of base/deadline.c: conversion of a deadline to the timeout of poll(2) and ppoll(2). */
#include "base/deadline.h"
#include "base/monotonic.h"

#include "tap.h"

#define MILLISECOND INT64_C(1000000)
#define SECOND	    (1000 * MILLISECOND)

static void
test_milliseconds(void)
{
	int64_t now = monotonic_now();
	int left;

	is_int(deadline_milliseconds(NO_DEADLINE), -1,
	    "no deadline is converted to -1, so that poll(2) waits indefinitely");
	is_int(deadline_milliseconds(0), 0, "a deadline in the past is converted to a timeout of 0");
	is_int(deadline_milliseconds(now), 0, "a deadline equal to the current time is converted to a timeout of 0");
	is_int(deadline_milliseconds(NO_DEADLINE - 1), 3600000,
	    "a very late deadline is converted to a timeout of one hour");
	left = deadline_milliseconds(now + 100 * SECOND);
	ok(left > 0 && left <= 100000, "the timeout of poll(2) does not extend beyond the deadline (%d ms)", left);
	do {
		now = monotonic_now();
		left = deadline_milliseconds(now + MILLISECOND);
	} while (monotonic_now() - now >= MILLISECOND);
	is_int(left, 1, "a remaining time below a millisecond is rounded up to 1 ms");
}

static void
test_timespec(void)
{
	struct timespec time = { 1, 1 };

	ok(deadline_timespec(NO_DEADLINE, &time) == NULL,
	    "no deadline is converted to NULL, so that ppoll(2) waits indefinitely");
	ok(deadline_timespec(0, &time) == &time && time.tv_sec == 0 && time.tv_nsec == 0,
	    "a deadline in the past is converted to a timespec of 0");
	(void)deadline_timespec(monotonic_now() + 100 * SECOND, &time);
	ok(time.tv_sec >= 0 && time.tv_sec <= 100 && time.tv_nsec >= 0 && time.tv_nsec < SECOND,
	    "the timeout of ppoll(2) does not extend beyond the deadline (%ld s)", (long)time.tv_sec);
	(void)deadline_timespec(NO_DEADLINE - 1, &time);
	is_int(
	    time.tv_sec, INT32_MAX, "a very late deadline is converted to a number of seconds that fits into 32 bits");
}

int
main(void)
{
	test_milliseconds();
	test_timespec();
	return tap_done();
}
