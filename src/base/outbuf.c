/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/monotonic.h"
#include "base/outbuf.h"

#define STOP_GRACE 300000000 /* nanoseconds */

void
outbuf_init(struct outbuf *out, int fd, char *buffer, size_t size)
{
	out->fd = fd;
	out->err = 0;
	out->deadline = NO_DEADLINE;
	out->stop_fd = -1;
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

/*
 * Returns the deadline for the remaining output after a stop has been requested: DEADLINE or the time STOP_GRACE from
 * now, whichever is earlier.
 */
static int64_t
grace_end(int64_t deadline)
{
	int64_t end = monotonic_now() + STOP_GRACE;

	return deadline < end ? deadline : end;
}

/*
 * Writes LENGTH bytes. Fails with ETIMEDOUT if the bytes have not been written by the time *DEADLINE. When *STOP_FD
 * becomes readable, sets *DEADLINE to the end of the grace period, and *STOP_FD to -1 so that the grace period begins
 * only once.
 */
static int
write_limited(int fd, const void *bytes, size_t length, int64_t *deadline, int *stop_fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLOUT }, { .fd = *stop_fd, .events = POLLIN } };
	const char *at = bytes;
	ssize_t n;
	int left;

	while (length > 0) {
		left = deadline_milliseconds(*deadline);
		if (poll(p, 2, left) == 0 && left == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (p[1].revents != 0) {
			p[1] = (struct pollfd){ .fd = -1 };
			*stop_fd = -1;
			*deadline = grace_end(*deadline);
			continue;
		}
		n = write_nonblocking(fd, at, length);
		if (n >= 0) {
			at += n;
			length -= (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (left == 0) {
			/*
			 * poll(2) reported the descriptor as writable, but write(2) still fails because the free space
			 * is too small.
			 */
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int
write_all_until(int fd, const void *bytes, size_t length, int64_t deadline)
{
	int stop_fd = -1;

	if (deadline == NO_DEADLINE)
		return write_all(fd, bytes, length);
	return write_limited(fd, bytes, length, &deadline, &stop_fd);
}

static int
out_write(struct outbuf *out, const void *bytes, size_t length)
{
	if (out->deadline == NO_DEADLINE && out->stop_fd == -1)
		return write_all(out->fd, bytes, length);
	return write_limited(out->fd, bytes, length, &out->deadline, &out->stop_fd);
}

int
outbuf_flush(struct outbuf *out)
{
	if (out->err == 0 && out->used > 0 && out_write(out, out->buffer, out->used) == -1)
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
		if (out->err == 0 && out_write(out, bytes, length) == -1)
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
