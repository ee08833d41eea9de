/* SPDX-License-Identifier: ISC */
/* --until=TEXT: searches the data of a delivery for TEXT, which may begin in one message and end in a later one. */
#ifndef RECEIVE_UNTIL_H
#define RECEIVE_UNTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

struct until {
	bool seen;	      /* TEXT was among the data */
	char tail[UNTIL_MAX]; /* the last bytes of data, fewer than the length of TEXT */
	size_t tail_length;
};

/*
 * Searches for TEXT in the earlier data followed by the LENGTH bytes at DATA. Returns the number of bytes at DATA up to
 * the end of TEXT; 0 if TEXT was not found.
 */
size_t until_find(const struct until *until, const char *text, const char *data, size_t length);

/* Records the LENGTH bytes at DATA for the next until_find(), and whether TEXT was among them. */
void until_add(struct until *until, const char *text, const char *data, size_t length);

#endif
