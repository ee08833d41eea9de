/* SPDX-License-Identifier: ISC */
/*
 * The state of fdpass hold, as text and a list of descriptors. A new program image, or another process, reads the state
 * and continues with the same store. Each line of the text consists of words, such as "stored N POLL NAME UID" for each
 * descriptor. N is the descriptor number, or the index in the list if the state is sent to another process. UID is the
 * user who stored the descriptor. If UID is missing, the user of this process has stored the descriptor.
 */
#ifndef HOLD_STATE_H
#define HOLD_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

struct hold;

struct state {
	int memfd; /* contains the text */
	int *fds;  /* the descriptors, in the order in which the text mentions them; the store owns the descriptors */
	size_t count, room;
	bool by_place;
};

/*
 * Writes the state of H. Returns 0, or -1 with *FAIL. state_done() releases the memory, but does not close the
 * descriptors in state->fds.
 */
int state_write(struct hold *h, struct state *state, bool by_place, struct fail *fail);
void state_done(struct state *state);

/* Appends FD to the list of descriptors. Returns the number that represents FD in the text, or -1 with errno. */
int state_add(struct state *state, int fd);

/*
 * Sets H to the state in MEMFD. FDS is the list of COUNT descriptors, or NULL if the text contains descriptor numbers.
 * Takes ownership of the descriptors, even on failure. Returns 0, or -1 with *FAIL.
 */
int state_read(struct hold *h, int memfd, const int *fds, size_t count, struct fail *fail);

#endif
