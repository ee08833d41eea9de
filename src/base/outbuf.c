/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/outbuf.h"

void
outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size)
{
	out->fd = fd;
	out->err = 0;
	out->used = 0;
	out->size = size;
	out->buffer = buffer;
}

int
write_all(int fd, const void *bytes, size_t length)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	const char *p = bytes;
	ssize_t n;

	while (length > 0) {
		n = write(fd, p, length);
		if (n >= 0) {
			p += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			(void)poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int
outbuf_flush(struct outbuf *out)
{
	if (out->err == 0 && out->used > 0 && write_all(out->fd, out->buffer, out->used) == -1)
		out->err = errno;
	out->used = 0;
	if (out->err != 0) {
		errno = out->err;
		return -1;
	}
	return 0;
}

void
outbuf_bytes(struct outbuf *out, const void *bytes, size_t length)
{
	if (length > out->size - out->used)
		(void)outbuf_flush(out);
	if (length > out->size) {
		if (out->err == 0 && write_all(out->fd, bytes, length) == -1)
			out->err = errno;
		return;
	}
	memcpy(out->buffer + out->used, bytes, length);
	out->used += length;
}

void
outbuf_string(struct outbuf *out, const char *string)
{
	outbuf_bytes(out, string, strlen(string));
}
