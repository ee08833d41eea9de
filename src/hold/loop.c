/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "inspect/fd.h"
#include "hold/loop.h"

#define IDLE 200 /* if no event occurs for this time (ms), helpers exit and cached descriptors are closed */

int
loop_open(struct loop *loop, struct fail *fail)
{
	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
	return loop->epoll != -1 ? 0 : fail_errno(fail, "cannot create an epoll instance");
}

void
loop_close(struct loop *loop)
{
	if (loop->epoll != -1)
		(void)close(loop->epoll);
	loop->epoll = -1;
}

int
loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .ptr = watch } };

	if (epoll_ctl(loop->epoll, watch->fd == -1 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == -1)
		return -1;
	watch->fd = fd;
	return 0;
}

void
loop_unwatch(struct loop *loop, struct watch *watch)
{
	int err = errno;

	if (watch->fd != -1)
		(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
	errno = err;
}

void
loop_timer_set(struct loop *loop, struct timer *timer, int64_t nanoseconds)
{
	timer->at = fdpass_deadline(nanoseconds);
	if (timer->listed)
		return;
	timer->listed = true;
	timer->next = loop->timers;
	loop->timers = timer;
}

void
loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	struct timer **link;

	for (link = &loop->timers; timer->listed && *link != NULL; link = &(*link)->next)
		if (*link == timer) {
			*link = timer->next;
			break;
		}
	timer->listed = false;
}

static struct timer *
earliest(const struct loop *loop)
{
	struct timer *timer, *first = NULL;

	for (timer = loop->timers; timer != NULL; timer = timer->next)
		if (first == NULL || timer->at < first->at)
			first = timer;
	return first;
}

static void
timers_run(struct loop *loop)
{
	struct timer *timer;

	while (!loop->stop && (timer = earliest(loop)) != NULL && timer->at <= fdpass_deadline(0)) {
		loop_timer_cancel(loop, timer);
		timer->expired(timer);
	}
}

/* Returns the timeout for epoll_wait(2), in milliseconds. */
static int
timeout(const struct loop *loop)
{
	const struct timer *timer = earliest(loop);
	int left, idle = helper_active() || fd_cache_active() ? IDLE : -1;

	if (timer == NULL)
		return idle;
	left = deadline_milliseconds(timer->at);
	return idle != -1 && (left == -1 || left > idle) ? idle : left;
}

/*
 * Handles one event for each call of epoll_wait(2), because an event handler can release the watch of any other event.
 * epoll_wait(2) reports ready descriptors round-robin, so each ready descriptor is handled.
 */
int
loop_run(struct loop *loop, struct fail *fail)
{
	struct epoll_event event;
	struct watch *watch;
	int count;

	while (!loop->stop) {
		count = epoll_wait(loop->epoll, &event, 1, timeout(loop));
		if (count == -1 && errno != EINTR)
			return fail_errno(fail, "cannot wait for events");
		if (count == 0) {
			if (helper_active())
				helper_reap();
			fd_cache_drop();
		}
		if (count == 1) {
			watch = event.data.ptr;
			watch->ready(watch, event.events);
		}
		timers_run(loop);
	}
	return 0;
}
