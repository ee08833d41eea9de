/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/outbuf.h"

void
outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size)
{
	out->fd = fd;
	out->err = 0;
	out->deadline = NO_DEADLINE;
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

/* How many milliseconds remain until DEADLINE, at most an hour. */
static int
milliseconds_left(int64_t deadline)
{
	struct timespec now;
	int64_t left;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	left = deadline - (now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	if (left <= 0)
		return 0;
	return left > INT64_C(3600000) * 1000000 ? 3600000 : (int)((left + 999999) / 1000000);
}

int
write_all_until(int fd, const void *bytes, size_t length, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	const char *p = bytes;
	ssize_t n;
	int left;

	if (deadline == NO_DEADLINE)
		return write_all(fd, bytes, length);
	while (length > 0) {
		left = milliseconds_left(deadline);
		if (poll(&pfd, 1, left) == 0 && left == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = write_nonblocking(fd, p, length);
		if (n >= 0) {
			p += n;
			length -= (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		}
	}
	return 0;
}

int
outbuf_flush(struct outbuf *out)
{
	if (out->err == 0 && out->used > 0 && write_all_until(out->fd, out->buffer, out->used, out->deadline) == -1)
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
		if (out->err == 0 && write_all_until(out->fd, bytes, length, out->deadline) == -1)
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
