/* SPDX-License-Identifier: ISC */
/*
 * Buffered output to a descriptor. No data is lost if a write is short, if a signal interrupts a write, or if a pipe is
 * full, even if the descriptor is non-blocking. The first error is stored, so callers need to check only the result of
 * outbuf_flush().
 */
#ifndef BASE_OUTBUF_H
#define BASE_OUTBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"

struct outbuf {
	int fd;
	int err;	  /* errno of the first failed write; ETIMEDOUT means that the deadline has passed */
	int64_t deadline; /* deadline for all output: time of CLOCK_MONOTONIC in nanoseconds, or NO_DEADLINE */
	int stop_fd;	  /* after this descriptor becomes readable, output must end within STOP_GRACE; -1: none */
	size_t used;
	size_t size;
	char *buffer;
};

/* Initializes OUT. The caller owns BUFFER of SIZE bytes, which must stay valid as long as OUT is used. */
void outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size);

/*
 * Writes the buffered data. Returns 0, or -1 with the errno of the first failed write, even if this write has failed
 * before the call.
 */
int outbuf_flush(struct outbuf *out);

void outbuf_bytes(struct outbuf *out, const void *bytes, size_t length);
void outbuf_string(struct outbuf *out, const char *string);

/*
 * Returns a pointer to LENGTH free bytes in the buffer; LENGTH is at most a quarter of the buffer's size.
 * outbuf_advance() adds these bytes to the output.
 */
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

/* Writes all LENGTH bytes to FD. Returns 0, or -1 with errno. */
int write_all(int fd, const void *bytes, size_t length);

/*
 * Like write_all(), but fails with ETIMEDOUT if the bytes have not been written by the time DEADLINE, so that a peer
 * that does not read cannot block this process.
 */
int write_all_until(int fd, const void *bytes, size_t length, int64_t deadline);

#endif
