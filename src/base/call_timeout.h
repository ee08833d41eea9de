/* SPDX-License-Identifier: ISC */
/*
 * Time limits for system calls that can block although poll(2) has reported the descriptor as ready. A call such as
 * accept(2) blocks if another process that shares the open file description accepts the connection or reads the data
 * first, or clears O_NONBLOCK. Setting O_NONBLOCK is no alternative, because the flag belongs to the open file
 * description and would affect the other processes.
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
 * Starts a timer that interrupts a blocking call after one millisecond and every millisecond after that. A system call
 * that the timer interrupts fails with EINTR. Uses SIGURG until call_timeout_end() restores the previous action of
 * SIGURG. If no timer can be created, the system call can block indefinitely.
 */
void call_timeout_begin(struct call_timeout *timeout);

/* Stops the timer. Preserves errno. */
void call_timeout_end(struct call_timeout *timeout);

/* Like read(2) and write(2), but fail with EAGAIN instead of blocking, whether or not O_NONBLOCK is set on FD. */
ssize_t read_nonblocking(int fd, void *buffer, size_t size);
ssize_t write_nonblocking(int fd, const void *buffer, size_t size);

#endif
