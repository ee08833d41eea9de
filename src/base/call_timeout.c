/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/filestat.h"

#define INTERVAL 1000000 /* nanoseconds */
#define NOWAIT	 8	 /* RWF_NOWAIT, linux/fs.h */

static void
interrupt(int signal_number)
{
	(void)signal_number;
}

void
call_timeout_begin(struct call_timeout *t)
{
	struct itimerspec interval = { { 0, INTERVAL }, { 0, INTERVAL } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG };
	struct sigaction action = { .sa_handler = interrupt };
	sigset_t set;

	t->active = timer_create(CLOCK_MONOTONIC, &event, &t->timer) == 0;
	if (!t->active)
		return;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGURG, &action, &t->action);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGURG);
	(void)sigprocmask(SIG_UNBLOCK, &set, &t->mask);
	(void)timer_settime(t->timer, 0, &interval, NULL);
}

void
call_timeout_end(struct call_timeout *t)
{
	int err = errno;

	if (t->active) {
		(void)timer_delete(t->timer);
		(void)sigprocmask(SIG_SETMASK, &t->mask, NULL);
		(void)sigaction(SIGURG, &t->action, NULL);
		t->active = false;
	}
	errno = err;
}

static bool
is_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (poll(&p, 1, 0) == 1)
		return true;
	errno = EAGAIN;
	return false;
}

ssize_t
read_nonblocking(int fd, void *buffer, size_t size)
{
	struct call_timeout timeout;
	ssize_t n;

	if (!is_ready(fd, POLLIN))
		return -1;
	call_timeout_begin(&timeout);
	n = read(fd, buffer, size);
	call_timeout_end(&timeout);
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	return n;
}

/*
 * Writes with pwritev2(2) and RWF_NOWAIT, which never blocks. Only pipes and memory devices support RWF_NOWAIT. For
 * other files, and on older kernels, pwritev2(2) with RWF_NOWAIT fails without writing anything.
 */
static ssize_t
write_nowait(int fd, const void *buffer, size_t size)
{
#if defined(SYS_pwritev2) && !defined(__ILP32__)
	struct iovec iov = { (void *)(uintptr_t)buffer, size };

	return syscall(SYS_pwritev2, fd, &iov, 1UL, -1L, -1L, NOWAIT);
#else
	(void)fd;
	(void)buffer;
	(void)size;
	return -1;
#endif
}

/*
 * Returns true if FD is a regular file. Signals do not interrupt writes to regular files, so a timer cannot limit such
 * a write.
 */
static bool
is_regular(int fd)
{
	struct file_stat st;

	return file_stat(fd, &st) == 0 && S_ISREG(st.mode);
}

ssize_t
write_nonblocking(int fd, const void *buffer, size_t size)
{
	struct call_timeout timeout;
	ssize_t n;

	if ((n = write_nowait(fd, buffer, size)) >= 0)
		return n;
	if (is_regular(fd)) {
		do
			n = write(fd, buffer, size);
		while (n == -1 && errno == EINTR);
		return n;
	}
	if (!is_ready(fd, POLLOUT))
		return -1;
	call_timeout_begin(&timeout);
	n = write(fd, buffer, size);
	call_timeout_end(&timeout);
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	return n;
}
