/* SPDX-License-Identifier: ISC */
/*
 * Putting descriptors on the numbers where a program wants them. That is a permutation: swaps, cycles and one
 * descriptor wanted in two places come out right, with one spare number at a time.
 */
#ifndef EXEC_PLACE_H
#define EXEC_PLACE_H

#include <stddef.h>

#include "base/fail.h"

struct placement {
	int from;  /* open now */
	int to;	   /* where it must be; from itself to leave it there */
	int waits; /* place_apply()'s own */
};

/*
 * Moves every from to its to and clears close-on-exec there. No two may want the same to. What was open at a to before
 * is closed, unless it is itself a from: then it is moved first. Sources keep close-on-exec where they were. MOVES are
 * reordered. On -1 (*FAIL filled) some may have been moved: the caller can only give up.
 */
int place_apply(struct placement *moves, size_t count, struct fail *fail);

/*
 * Duplicates FD, close-on-exec, to a number from 3 up that none of MOVES wants. Returns it, or -1 with errno.
 */
int place_spare(int fd, const struct placement *moves, size_t count);

#endif
