/* SPDX-License-Identifier: ISC */
/*
 * Moves descriptors to the numbers that a program expects. Descriptors can be swapped or moved in cycles, and one
 * descriptor can get several numbers. place_apply() needs only one free descriptor number.
 */
#ifndef EXEC_PLACE_H
#define EXEC_PLACE_H

#include <stddef.h>

#include "base/fail.h"

struct placement {
	int from;  /* current number of the descriptor */
	int to;	   /* target number of the descriptor; can be equal to from */
	int waits; /* used only by place_apply() */
};

/*
 * Moves each descriptor to its target number, and clears FD_CLOEXEC on the target number. No two moves may have the
 * same target number. If another descriptor is open at a target number, closes it; if MOVES contains a move for this
 * other descriptor, performs that move first. The previous numbers of the descriptors stay open and are close-on-exec.
 * Changes the order of the elements of MOVES. Returns 0, or -1 with *FAIL. On failure, some descriptors may already
 * have been moved, so the caller cannot continue normally.
 */
int place_apply(struct placement *moves, size_t count, struct fail *fail);

/*
 * Duplicates FD to a number that is at least 3 and not a target of MOVES. The duplicate is close-on-exec. Returns the
 * number of the duplicate, or -1 with errno.
 */
int place_spare(int fd, const struct placement *moves, size_t count);

#endif
