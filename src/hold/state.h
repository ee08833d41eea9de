/* SPDX-License-Identifier: ISC */
/*
 * The state of a keeper as text and a list of descriptors, with which another program image or process continues: lines
 * of words, "stored N POLL NAME UID" for each descriptor. N is its number, or its index in the list if it is sent to
 * another process. UID, the user who stored it, may be missing and is then the user of this process.
 */
#ifndef HOLD_STATE_H
#define HOLD_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

struct hold;

struct state {
	int memfd; /* contains the text */
	int *fds;  /* borrowed from the keeper, in the order of the text */
	size_t count, room;
	bool by_place;
};

/*
 * Writes the state of H. Returns 0, or -1 with *FAIL. state_done() releases its memory, but closes no descriptor in
 * FDS.
 */
int state_write(struct hold *h, struct state *state, bool by_place, struct fail *fail);
void state_done(struct state *state);

/* Appends FD. Returns its number in the text, or -1 with errno. */
int state_add(struct state *state, int fd);

/*
 * Makes H continue from the text in MEMFD. FDS are the COUNT descriptors of a state by index, or NULL. Takes over the
 * descriptors, even on failure. Returns 0, or -1 with *FAIL.
 */
int state_read(struct hold *h, int memfd, const int *fds, size_t count, struct fail *fail);

#endif
