/* SPDX-License-Identifier: ISC */
/*
 * Buffered output to a descriptor. No data is lost on a short write, an interrupted call or a full pipe, also in
 * non-blocking mode. The first error is kept: callers write without checks and test the result of outbuf_flush().
 */
#ifndef BASE_OUTBUF_H
#define BASE_OUTBUF_H

#include <stddef.h>
#include <stdint.h>

#define NO_DEADLINE INT64_MAX

struct outbuf {
	int fd;
	int err;	  /* errno of the first write that failed; ETIMEDOUT if the deadline passed */
	int64_t deadline; /* deadline for writing: CLOCK_MONOTONIC in nanoseconds, or NO_DEADLINE */
	int stop_fd;	  /* once it is readable, writing fails with ETIMEDOUT after STOP_GRACE; or -1 */
	size_t used;
	size_t size;
	char *buffer;
};

/* BUFFER of SIZE bytes remains owned by the caller and must outlive OUT. */
void outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size);

/* Writes the buffered data. Returns 0, or -1 with the errno of the first write that failed, now or earlier. */
int outbuf_flush(struct outbuf *out);

void outbuf_bytes(struct outbuf *out, const void *bytes, size_t length);
void outbuf_string(struct outbuf *out, const char *string);

/* Returns a pointer to room for LENGTH bytes (at most a quarter of the buffer); outbuf_advance() commits them. */
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

/* Does the same until DEADLINE, then fails with ETIMEDOUT, so that an idle reader cannot block this process. */
int write_all_until(int fd, const void *bytes, size_t length, int64_t deadline);

#endif
