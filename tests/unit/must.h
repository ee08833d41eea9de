/* SPDX-License-Identifier: ISC */
/* Aborts a unit test if a step of its preparation fails. */
#ifndef TESTS_UNIT_MUST_H
#define TESTS_UNIT_MUST_H

#include <stdbool.h>
#include <stdlib.h>

static inline void
must(bool condition)
{
	if (!condition)
		abort();
}

#endif
