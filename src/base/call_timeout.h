/* SPDX-License-Identifier: ISC */
/*
 * A limit on a system call that may block although poll(2) said it would not: another process that shares the open file
 * may have taken the connection or the data, or cleared O_NONBLOCK. That flag belongs to the open file, so setting it
 * would change the file for everybody.
 */
#ifndef BASE_CALL_TIMEOUT_H
#define BASE_CALL_TIMEOUT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct call_timeout {
	bool active;
	timer_t timer;
	struct sigaction action; /* action of SIGURG before the timeout */
	sigset_t mask;
};

/*
 * Until call_timeout_end(), a blocking call is interrupted after a millisecond and every millisecond thereafter, and
 * fails with EINTR. Uses SIGURG and restores its action at the end. If no timer can be created, there is no limit.
 */
void call_timeout_begin(struct call_timeout *timeout);

/* Disarms the timer. Keeps errno. */
void call_timeout_end(struct call_timeout *timeout);

/* read(2) and write(2) that fail with EAGAIN instead of blocking, regardless of the flags of FD. */
ssize_t read_nonblocking(int fd, void *buffer, size_t size);
ssize_t write_nonblocking(int fd, const void *buffer, size_t size);

#endif
