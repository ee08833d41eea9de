/* SPDX-License-Identifier: ISC */
/*
 * Forwards notifications that do not concern the store to the service manager that started this process. While the
 * queue of the service manager's socket is full, a limited number of messages is queued in this process. Other events
 * are not delayed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/notify.h"
#include "inspect/fd.h"
#include "hold/internal.h"

#define PENDING_MOST 256

struct pending {
	struct pending *next;
	int fd; /* -1: none */
	size_t length;
	char text[];
};

int
upstream_open(struct hold *h, struct fail *fail)
{
	return notify_connect(&h->upstream.endpoint, fail);
}

static void
pending_free(struct upstream *u)
{
	struct pending *first = u->first;

	u->first = first->next;
	if (u->first == NULL)
		u->last = &u->first;
	u->pending_count--;
	fd_close_all(&first->fd, 1);
	free(first);
}

void
upstream_close(struct hold *h)
{
	struct upstream *u = &h->upstream;

	while (u->first != NULL)
		pending_free(u);
	loop_unwatch(&h->loop, &u->watch);
	endpoint_done(&u->endpoint);
}

static bool
send_now(const struct upstream *u, const char *text, size_t length, const int *fds, size_t count)
{
	struct iovec data = { .iov_base = (void *)(uintptr_t)text, .iov_len = length };
	int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	if (count > 0)
		return fdpass_send_fds(u->endpoint.fd, &data, 1, fds, count, flags, NULL, 0, NULL) != -1;
	return fdpass_sendmsg(u->endpoint.fd, &data, 1, NULL, 0, flags, NULL, 0, NULL) != -1;
}

static void
upstream_ready(struct watch *watch, uint32_t events)
{
	struct hold *h = watch->owner;
	struct upstream *u = &h->upstream;

	(void)events;
	while (u->first != NULL) {
		struct pending *p = u->first;

		if (!send_now(u, p->text, p->length, &p->fd, p->fd != -1 ? 1 : 0)) {
			if (errno == EAGAIN)
				return;
			hold_warn(h, "cannot send a notification to NOTIFY_SOCKET: %s", strerror(errno));
		}
		pending_free(u);
	}
	loop_unwatch(&h->loop, watch);
}

static bool
enqueue(struct hold *h, const char *text, size_t length, const int *fds, size_t count)
{
	struct upstream *u = &h->upstream;
	struct pending *p;

	if (u->pending_count == PENDING_MOST || (p = malloc(sizeof(*p) + length)) == NULL)
		return false;
	*p = (struct pending){ .fd = -1, .length = length };
	memcpy(p->text, text, length);
	if (count > 0 && (p->fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 3)) == -1) {
		free(p);
		return false;
	}
	*u->last = p;
	u->last = &p->next;
	u->pending_count++;
	if (u->watch.fd != -1)
		return true;
	u->watch.ready = upstream_ready;
	u->watch.owner = h;
	return loop_watch(&h->loop, &u->watch, u->endpoint.fd, EPOLLOUT) == 0;
}

bool
upstream_send(struct hold *h, const char *text, size_t length, const int *fds, size_t count)
{
	struct upstream *u = &h->upstream;

	if (u->endpoint.fd == -1)
		return false;
	u->used = true;
	if (u->first == NULL && send_now(u, text, length, fds, count))
		return true;
	return (u->first != NULL || errno == EAGAIN) && enqueue(h, text, length, fds, count);
}
