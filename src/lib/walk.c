/* SPDX-License-Identifier: ISC */
/*
 * Calculates the length of items in a control buffer, and the position of the next item. This file makes no system
 * calls, allocates no memory, and does not trust the content of the buffer.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "lib/fdpass.h"
#include "lib/internal.h"

/* The size of control data never exceeds INT_MAX, even if size_t is wider. */
static const size_t length_max = INT_MAX;

static size_t
padded(size_t length)
{
	return length + FDP_PADDING(length);
}

ssize_t
fdpass_cmsg_len(ssize_t length)
{
	if (length < 0 || (size_t)length > length_max - sizeof(struct fdp_header)) {
		errno = EOVERFLOW;
		return -1;
	}
	return (ssize_t)sizeof(struct fdp_header) + length;
}

ssize_t
fdpass_cmsg_space(ssize_t length)
{
	/* As in Python, the limit takes padding before and after the data into account. */
	if (length < 0 || (size_t)length > length_max - sizeof(struct fdp_header) - padded(1)) {
		errno = EOVERFLOW;
		return -1;
	}
	return (ssize_t)(sizeof(struct fdp_header) + padded((size_t)length));
}

void
fdpass_walk_begin(struct fdpass_walk *walk, const void *control, size_t length)
{
	walk->at = control;
	walk->left = length;
	walk->state = FDPASS_ITEM;
}

static void
walk_advance(struct fdpass_walk *walk, size_t length)
{
	size_t padding = FDP_PADDING(length);

	if (padding > walk->left - length)
		padding = walk->left - length;
	walk->at = (const unsigned char *)walk->at + length + padding;
	walk->left -= length + padding;
}

static int
walk_stop(struct fdpass_walk *walk, int state)
{
	walk->state = state;
	return 0;
}

int
fdpass_walk_next(struct fdpass_walk *walk, struct fdpass_cmsg *item)
{
	struct fdp_header header;
	size_t claimed, room;

	if (walk->state != FDPASS_ITEM)
		return 0;
	if (walk->left == 0)
		return walk_stop(walk, FDPASS_END);
	if (walk->left < sizeof(header))
		return walk_stop(walk, FDPASS_TRAILING);
	memcpy(&header, walk->at, sizeof(header));
	if (header.length < sizeof(header))
		return walk_stop(walk, FDPASS_BAD_LENGTH);
	claimed = header.length - sizeof(header);
	room = walk->left - sizeof(header);
	if (claimed > 0 && room == 0)
		return walk_stop(walk, FDPASS_CUT_BEFORE_DATA);

	item->level = header.level;
	item->type = header.type;
	item->data = (const unsigned char *)walk->at + sizeof(header);
	item->claimed = claimed;
	item->length = claimed < room ? claimed : room;
	item->state = claimed > room ? FDPASS_ITEM_CUT : FDPASS_ITEM;
	walk_advance(walk, sizeof(header) + item->length);
	return 1;
}
