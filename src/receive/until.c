/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/compat.h"
#include "receive/until.h"

size_t
until_find(const struct until *until, const char *text, const char *data, size_t length)
{
	size_t size = strlen(text), used, i;
	const char *found;

	/* TEXT may begin at the end of the data that was received earlier. */
	for (i = 0; i < until->tail_length; i++) {
		used = until->tail_length - i;
		if (used < size && size - used <= length && memcmp(until->tail + i, text, used) == 0 &&
		    memcmp(data, text + used, size - used) == 0)
			return size - used;
	}
	found = memmem(data, length, text, size);
	return found != NULL ? (size_t)(found - data) + size : 0;
}

void
until_add(struct until *until, const char *text, const char *data, size_t length)
{
	size_t keep = strlen(text) - 1, old;

	until->seen = until->seen || until_find(until, text, data, length) > 0;
	if (length >= keep) {
		memcpy(until->tail, data + length - keep, keep);
		until->tail_length = keep;
		return;
	}
	old = until->tail_length < keep - length ? until->tail_length : keep - length;
	memmove(until->tail, until->tail + until->tail_length - old, old);
	memcpy(until->tail + old, data, length);
	until->tail_length = old + length;
}
