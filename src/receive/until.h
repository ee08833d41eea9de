/* SPDX-License-Identifier: ISC */
/*
 * Implements --until=TEXT: searches the received data for TEXT. TEXT can begin in one message and end in a later
 * message.
 */
#ifndef RECEIVE_UNTIL_H
#define RECEIVE_UNTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

struct until {
	bool seen;	      /* the data contains TEXT */
	char tail[UNTIL_MAX]; /* the last bytes of the earlier data; shorter than TEXT */
	size_t tail_length;
};

/*
 * Searches for TEXT in the concatenation of the earlier data and the LENGTH bytes at DATA. Returns the number of bytes
 * of DATA up to the end of TEXT, or 0 if TEXT was not found.
 */
size_t until_find(const struct until *until, const char *text, const char *data, size_t length);

/*
 * Adds the LENGTH bytes at DATA to the earlier data for the next call of until_find(). Records whether the data
 * contains TEXT.
 */
void until_add(struct until *until, const char *text, const char *data, size_t length);

#endif
