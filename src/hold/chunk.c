/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hold/client.h"

int
chunk_append(struct chunk *chunk, const char *bytes, size_t length)
{
	size_t room = chunk->room != 0 ? chunk->room : 1024;
	char *bigger;

	while (room < chunk->length + length)
		room *= 2;
	if (room > chunk->room) {
		if ((bigger = realloc(chunk->bytes, room)) == NULL)
			return -1;
		chunk->bytes = bigger;
		chunk->room = room;
	}
	memcpy(chunk->bytes + chunk->length, bytes, length);
	chunk->length += length;
	return 0;
}

int
chunk_printf(struct chunk *chunk, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= sizeof(text) ? -1 : chunk_append(chunk, text, (size_t)n);
}

void
chunk_clear(struct chunk *chunk)
{
	size_t i;

	for (i = 0; i < chunk->entry_count; i++)
		store_release(chunk->entries[i]);
	chunk->entry_count = 0;
	chunk->length = chunk->sent = 0;
}

void
chunk_free(struct chunk *chunk)
{
	chunk_clear(chunk);
	free(chunk->bytes);
	free(chunk->entries);
	*chunk = (struct chunk){ .bytes = NULL };
}
