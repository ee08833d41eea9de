/* SPDX-License-Identifier: ISC */
/*
 * Time limits for system calls that can block although poll(2) has reported the descriptor as ready. For example,
 * accept(2) blocks if another process with the same open file description accepts the connection first. Setting
 * O_NONBLOCK is not an alternative, because this flag belongs to the open file description and would affect other
 * processes.
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
	struct sigaction action; /* the previous action of SIGURG */
	sigset_t mask;
};

/*
 * Starts a timer that sends SIGURG every millisecond, so that a blocking system call fails with EINTR. Uses SIGURG
 * until call_timeout_end() restores the previous action of SIGURG. If no timer can be created, a system call can block
 * indefinitely.
 */
void call_timeout_begin(struct call_timeout *timeout);

/* Stops the timer. Preserves errno. */
void call_timeout_end(struct call_timeout *timeout);

/* Like read(2) and write(2), but fail with EAGAIN instead of blocking, whether or not O_NONBLOCK is set on FD. */
ssize_t read_nonblocking(int fd, void *buffer, size_t size);
ssize_t write_nonblocking(int fd, const void *buffer, size_t size);

#endif
