/* SPDX-License-Identifier: ISC */
/*
 * Places descriptors at the numbers that a program expects. Swaps, cycles, and one descriptor at several numbers are
 * supported. One free descriptor number is enough.
 */
#ifndef EXEC_PLACE_H
#define EXEC_PLACE_H

#include <stddef.h>

#include "base/fail.h"

struct placement {
	int from;  /* current number of the descriptor */
	int to;	   /* target number; it can be equal to from */
	int waits; /* used only by place_apply() */
};

/*
 * Moves each descriptor to its target number, where close-on-exec is cleared. Each target number must be unique. If a
 * descriptor is open at a target number, it is closed, unless it is moved as well; then it is moved first. The
 * descriptors at the old numbers stay open, and close-on-exec. Changes the order of MOVES. Returns 0, or -1 with *FAIL.
 * On failure, some descriptors may have been moved, so the caller cannot continue.
 */
int place_apply(struct placement *moves, size_t count, struct fail *fail);

/*
 * Duplicates FD to a number that is at least 3 and not a target of MOVES. The duplicate is close-on-exec. Returns its
 * number, or -1 with errno.
 */
int place_spare(int fd, const struct placement *moves, size_t count);

#endif
