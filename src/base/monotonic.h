/* SPDX-License-Identifier: ISC */
/*
 * Returns the time of CLOCK_MONOTONIC, in nanoseconds. Layers above lib/ call fdpass_deadline() instead of this
 * function.
 */
#ifndef BASE_MONOTONIC_H
#define BASE_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t
monotonic_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
