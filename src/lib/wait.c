/* SPDX-License-Identifier: ISC */
/* Waits until a system call on a socket can complete without blocking. Handles deadlines and interruptions. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/fdpass.h"
#include "lib/internal.h"

#define SECOND	    INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

/*
 * Maximum timeout for one call of ppoll(2), in nanoseconds; fits into a 32-bit time_t. After POLL_MAX, the deadline is
 * checked again.
 */
#define POLL_MAX (1000000 * SECOND)

/* The pauses between failed calls increase up to 1 << (FRUITLESS_MAX - 2) milliseconds. */
#define FRUITLESS_MAX 6

static int64_t
monotonic_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND + (int64_t)now.tv_nsec;
}

int64_t
fdpass_deadline(int64_t nanoseconds)
{
	int64_t now = monotonic_now();

	if (nanoseconds <= 0)
		return now;
	return nanoseconds > INT64_MAX - now ? FDPASS_NEVER : now + nanoseconds;
}

int
fdp_sock_option(int sock, int option)
{
	int saved = errno, value = -1;
	socklen_t length = sizeof(value);

	if (getsockopt(sock, SOL_SOCKET, option, &value, &length) == -1) {
		value = -1;
		errno = saved;
	}
	return value;
}

int
fdp_wait_flags(const struct fdpass_wait *wait)
{
	return wait != NULL && wait->deadline != FDPASS_NEVER ? MSG_DONTWAIT : 0;
}

static int
interrupted_again(const struct fdpass_wait *wait)
{
	if (wait == NULL || wait->interrupted == NULL || wait->interrupted(wait->arg) == 0)
		return 1;
	errno = EINTR;
	return 0;
}

/*
 * Waits until poll(2) reports one of retry->events, or until LIMIT nanoseconds have passed. Returns like
 * fdp_wait_again().
 */
static int
wait_events(struct fdp_retry *retry, int64_t limit)
{
	struct pollfd pfd = { retry->sock, retry->events, 0 };
	struct timespec timeout = { (time_t)(limit / SECOND), (long)(limit % SECOND) };
	int64_t began = monotonic_now();

	if (ppoll(&pfd, 1, &timeout, NULL) == -1)
		return errno == EINTR ? interrupted_again(retry->wait) : 0;
	retry->seen = pfd.revents;
	if (pfd.revents == 0 || monotonic_now() - began > MILLISECOND)
		retry->fruitless = 0;
	return 1;
}

/*
 * Pauses after a call has failed with EAGAIN although poll(2) had reported the socket as ready. For example, an
 * unconnected datagram socket is writable even if the receiver's queue is full, and POLLERR stays set even if the error
 * queue is empty. The pause avoids busy waiting.
 */
static int
wait_pause(struct fdp_retry *retry, int64_t limit)
{
	int64_t pause = MILLISECOND << (retry->fruitless - 2);
	struct timespec timeout = { 0, (long)(pause < limit ? pause : limit) };

	if (ppoll(NULL, 0, &timeout, NULL) == -1)
		return errno == EINTR ? interrupted_again(retry->wait) : 0;
	return 1;
}

static int
wait_ready(struct fdp_retry *retry)
{
	int64_t now, limit = POLL_MAX;

	if (retry->wait->deadline != FDPASS_NEVER) {
		now = monotonic_now();
		if (retry->wait->deadline <= now) {
			errno = ETIMEDOUT;
			return 0;
		}
		if (retry->wait->deadline - now < limit)
			limit = retry->wait->deadline - now;
	}
	if (retry->seen != 0) {
		retry->seen = 0;
		if (retry->fruitless < FRUITLESS_MAX)
			retry->fruitless++;
		if (retry->fruitless > 1)
			return wait_pause(retry, limit);
	}
	return wait_events(retry, limit);
}

int
fdp_wait_again(struct fdp_retry *retry)
{
	if (errno == EINTR)
		return interrupted_again(retry->wait);
	if (errno != EAGAIN || retry->wait == NULL || (retry->flags & MSG_DONTWAIT))
		return 0;
	/*
	 * POLLRDHUP means that no more data can arrive. A non-blocking recvmsg(2) fails with EAGAIN in this case (see
	 * recv.c).
	 */
	if (retry->seen & POLLRDHUP)
		return 0;
	return wait_ready(retry);
}
