/* SPDX-License-Identifier: ISC */
/* An event loop for descriptors (epoll) and timers. */
#ifndef HOLD_LOOP_H
#define HOLD_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/fail.h"

struct watch {
	int fd; /* -1: not watched */
	void (*ready)(struct watch *watch, uint32_t events);
	void *owner;
};

struct timer {
	int64_t at; /* CLOCK_MONOTONIC in nanoseconds; FDPASS_NEVER: the timer is not set */
	void (*expired)(struct timer *timer);
	void *owner;
	struct timer *next;
	bool listed;
};

struct loop {
	int epoll;
	bool stop; /* an event handler sets this member to true to stop loop_run() */
	struct timer *timers;
};

/* Returns 0, or -1 with *FAIL. */
int loop_open(struct loop *loop, struct fail *fail);
void loop_close(struct loop *loop);

/* Watches FD for EVENTS. If WATCH is already active, only changes its events. Returns 0, or -1 with errno. */
int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events);

/*
 * Stops watching the descriptor of WATCH. Must be called before this descriptor is closed and before the memory of
 * WATCH is released.
 */
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Sets TIMER: the event loop calls timer->expired once, after NANOSECONDS. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t nanoseconds);
void loop_timer_cancel(struct loop *loop, struct timer *timer);

/* Runs until an event handler sets loop->stop. Returns 0, or -1 with *FAIL. */
int loop_run(struct loop *loop, struct fail *fail);

#endif
