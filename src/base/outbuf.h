/* SPDX-License-Identifier: ISC */
/*
 * A buffered descriptor to write to. Nothing is lost at a short write, an interrupted call or a full pipe, even if the
 * descriptor is in non-blocking mode. The first error sticks: callers write freely and look once, at outbuf_flush().
 */
#ifndef BASE_OUTBUF_H
#define BASE_OUTBUF_H

#include <stddef.h>

struct outbuf {
	int fd;
	int err; /* errno of the first write that failed */
	size_t used;
	size_t size;
	char *buffer;
};

/* BUFFER of SIZE bytes stays the caller's and must outlive OUT. */
void outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size);

/* Writes what is buffered. Returns 0, or -1 with errno of the first write that ever failed. */
int outbuf_flush(struct outbuf *out);

void outbuf_bytes(struct outbuf *out, const void *bytes, size_t length);
void outbuf_string(struct outbuf *out, const char *string);

/* Makes room for LENGTH bytes (at most a quarter of the buffer), returns where to write them; outbuf_advance() commits. */
static inline char *
outbuf_room(struct outbuf *out, size_t length)
{
	if (length > out->size - out->used)
		(void)outbuf_flush(out);
	return out->buffer + out->used;
}

static inline void
outbuf_advance(struct outbuf *out, size_t length)
{
	out->used += length;
}

static inline void
outbuf_char(struct outbuf *out, char c)
{
	*outbuf_room(out, 1) = c;
	out->used++;
}

/* Writes LENGTH bytes to FD, all of them. Returns 0, or -1 with errno. */
int write_all(int fd, const void *bytes, size_t length);

#endif
