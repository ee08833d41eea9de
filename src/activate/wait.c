/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "activate/internal.h"

#define PIPEFS 0x50495045 /* PIPEFS_MAGIC: the file system type of unnamed pipes */

/*
 * Returns true if FD can change from unreadable to readable. poll(2) reports regular files, directories, /dev/null and
 * some devices as always readable; epoll_ctl(2) fails for such files.
 */
static bool
can_become_readable(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
		return false;
	/* EEXIST: the user specified the descriptor twice. */
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
		return errno == EEXIST;
	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
	return true;
}

int
wait_begin(struct wait *w, const struct activation *a, int signals, struct fail *fail)
{
	int epoll;
	size_t i;

	*w = (struct wait){ .count = a->count };
	w->polled = calloc(a->count + 1, sizeof(*w->polled));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->polled == NULL || epoll == -1) {
		(void)fail_errno(fail, "cannot wait for descriptors");
		if (epoll != -1)
			(void)close(epoll);
		wait_end(w);
		return -1;
	}
	for (i = 0; i < a->count; i++) {
		w->polled[i] = (struct pollfd){ .fd = -1, .events = POLLIN | POLLRDHUP };
		if (!can_become_readable(epoll, a->fds[i].fd))
			continue;
		w->polled[i].fd = a->fds[i].fd;
		w->active++;
	}
	(void)close(epoll);
	w->polled[w->count] = (struct pollfd){ .fd = signals, .events = POLLIN };
	if (w->active > 0)
		return 0;
	wait_end(w);
	return fail_msg(fail, "none of the descriptors can become readable");
}

void
wait_end(struct wait *w)
{
	free(w->polled);
	*w = (struct wait){ .polled = NULL };
}

/*
 * Limits the time of a wait while a query helper is active. Returns UNTIL, or the time RETRY_PAUSE from now if that
 * time is earlier. After RETRY_PAUSE, wait_poll() ends an idle helper, so that no idle helper exists during a long
 * wait.
 */
static int64_t
until_helper(int64_t until)
{
	int64_t soon = fdpass_deadline(RETRY_PAUSE);

	return soon < until ? soon : until;
}

int
wait_poll(struct wait *w, bool descriptors, int64_t until)
{
	size_t first = descriptors ? 0 : w->count, i;
	struct timespec time;
	int64_t at;
	int n;

	for (i = 0; i < first; i++)
		w->polled[i].revents = 0;
	do {
		at = helper_active() ? until_helper(until) : until;
		n = ppoll(w->polled + first, w->count + 1 - first, deadline_timespec(at, &time), NULL);
		if (n == 0 && helper_active())
			helper_reap();
	} while ((n == 0 && at != until) || (n == -1 && errno == EINTR));
	return n;
}

bool
wait_is_readable(const struct wait *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->polled[i].revents != 0)
			return true;
	return false;
}

/* Returns true if FD is a named FIFO, which another process can open again. */
static bool
is_fifo(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fstatfs(fd, &fs) == 0 && fs.f_type != PIPEFS;
}

/*
 * Reopens the FIFO. FD stays at end of file, but a new open file description is at end of file only after the FIFO has
 * had a writer.
 */
static bool
fifo_reopen(int fd)
{
	char path[32];
	int flags, again;
	bool ok;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (again == -1)
		return false;
	flags = fcntl(again, F_GETFL);
	ok = flags != -1 && fcntl(again, F_SETFL, flags & ~O_NONBLOCK) == 0 && dup3(again, fd, O_CLOEXEC) != -1;
	(void)close(again);
	return ok;
}

static bool
is_at_end(const struct pollfd *p)
{
	int unread = 0;

	if ((p->revents & (POLLHUP | POLLRDHUP | POLLNVAL)) == 0)
		return false;
	return ioctl(p->fd, FIONREAD, &unread) == -1 || unread == 0;
}

void
wait_renew(struct wait *w)
{
	size_t i;

	for (i = 0; i < w->count; i++) {
		if (w->polled[i].fd == -1 || !is_at_end(&w->polled[i]))
			continue;
		if (!is_fifo(w->polled[i].fd) || !fifo_reopen(w->polled[i].fd)) {
			w->polled[i].fd = -1;
			w->active--;
		}
		w->polled[i].revents = 0;
	}
}

int
activate_wait(const struct activation *a, struct fail *fail)
{
	struct wait wait;
	int n;

	if (wait_begin(&wait, a, -1, fail) == -1)
		return -1;
	n = wait_poll(&wait, true, FDPASS_NEVER);
	if (n == -1)
		(void)fail_errno(fail, "cannot wait for descriptors");
	wait_end(&wait);
	return n == -1 ? -1 : 0;
}
