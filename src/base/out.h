/* SPDX-License-Identifier: ISC */
/*
 * A buffered descriptor to write to. Nothing is lost at a short write, an interrupted call or a full pipe, even if the
 * descriptor is in non-blocking mode. The first error sticks: callers write freely and look once, at out_flush().
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stddef.h>

struct out {
	int fd;
	int err; /* errno of the first write that failed */
	size_t used;
	size_t size;
	char *buffer;
};

/* BUFFER of SIZE bytes stays the caller's and must outlive OUT. */
void out_init(struct out *out, int fd, char *buffer, size_t size);

/* Writes what is buffered. Returns 0, or -1 with errno of the first write that ever failed. */
int out_flush(struct out *out);

void out_bytes(struct out *out, const void *bytes, size_t length);
void out_string(struct out *out, const char *string);

/* Makes room for LENGTH bytes (at most a quarter of the buffer), returns where to write them; out_advance() commits. */
static inline char *
out_room(struct out *out, size_t length)
{
	if (length > out->size - out->used)
		(void)out_flush(out);
	return out->buffer + out->used;
}

static inline void
out_advance(struct out *out, size_t length)
{
	out->used += length;
}

static inline void
out_char(struct out *out, char c)
{
	*out_room(out, 1) = c;
	out->used++;
}

/* Writes LENGTH bytes to FD, all of them. Returns 0, or -1 with errno. */
int write_all(int fd, const void *bytes, size_t length);

#endif
