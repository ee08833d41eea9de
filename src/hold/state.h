/* SPDX-License-Identifier: ISC */
/*
 * The state of a keeper as text and a list of descriptors, for another program image or process to continue with it:
 * lines of words, "stored N POLL NAME" for each descriptor. N is its number, or its place in the list if it is sent to
 * another process.
 */
#ifndef HOLD_STATE_H
#define HOLD_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

struct hold;

struct state {
	int memfd; /* the text */
	int *fds;  /* borrowed from the keeper, in order of their mention */
	size_t count, room;
	bool by_place;
};

/* Writes the state of H. Returns 0, or -1 with *FAIL. state_done() releases what it holds, but no descriptor in FDS. */
int state_write(struct hold *h, struct state *state, bool by_place, struct fail *fail);
void state_done(struct state *state);

/* Appends FD. Returns what the text calls it, or -1 with errno. */
int state_add(struct state *state, int fd);

/*
 * Makes H continue from the text in MEMFD. FDS are the COUNT descriptors of a state by place, or NULL. Takes over the
 * descriptors, also if it fails. Returns 0, or -1 with *FAIL.
 */
int state_read(struct hold *h, int memfd, const int *fds, size_t count, struct fail *fail);

#endif
