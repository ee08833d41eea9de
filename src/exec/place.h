/* SPDX-License-Identifier: ISC */
/*
 * Places descriptors at the numbers that a program expects. This is a permutation: swaps, cycles and one descriptor at
 * several numbers work, with one spare number at a time.
 */
#ifndef EXEC_PLACE_H
#define EXEC_PLACE_H

#include <stddef.h>

#include "base/fail.h"

struct placement {
	int from;  /* number at which the descriptor is open now */
	int to;	   /* target number; the same as from to leave the descriptor there */
	int waits; /* internal to place_apply() */
};

/*
 * Moves each descriptor to its target number and clears close-on-exec there. Each target must be unique. A descriptor
 * that was open at a target is closed, unless it is to be moved, too: then it is moved first. Sources remain
 * close-on-exec at their old numbers. MOVES are reordered. On -1 (*FAIL filled) some may have been moved, so the caller
 * must give up.
 */
int place_apply(struct placement *moves, size_t count, struct fail *fail);

/* Duplicates FD, close-on-exec, to a number from 3 up that is not a target of MOVES. Returns it, or -1 with errno. */
int place_spare(int fd, const struct placement *moves, size_t count);

#endif
