/* SPDX-License-Identifier: ISC */
/*
 * Closes descriptors from untrusted peers, and sockets whose receive queue may contain such descriptors, by sending
 * them to the closer (base/closer.h). If no closer can be started, for example because of RLIMIT_NPROC, keeps the
 * descriptors open in this process ("parks" them, base/helper_park.c) until a closer can be started.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/close_many.h"
#include "base/closer.h"
#include "base/fd_limit.h"
#include "base/filestat.h"
#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/helper_stuck.h"
#include "base/monotonic.h"
#include "base/signal_mask.h"

#define START_MS 300 /* time limit for starting the closer, in ms */
#define QUEUE_MS 200 /* time for which sending a batch waits if the closer's queue is full, in ms */

#define EXIT_MS 50 /* time for which this process waits for the exit of a process that closes one batch, in ms */

#define RETRY_NS     1000000000 /* time between attempts to start a closer, in ns; doubled after each failure */
#define RETRY_NS_MAX 60000000000

enum outcome { CLOSED, REFUSED, CROWDED, NO_CLOSER };

/*
 * The variables are static because all layers close descriptors, and because the socket must be closed before each exit
 * and execve(2).
 */
static struct {
	pid_t owner;
	int socket;
	uint64_t ino;	      /* inode number of the socket, to detect that the descriptor number was reused */
	bool keep;	      /* helper_close_keep() was called */
	int64_t retry;	      /* earliest time of the next attempt after starting a closer has failed */
	int64_t pause;	      /* time between the last failure to start a closer and the next attempt */
	bool impossible;      /* no closer process can ever be created, so descriptors are not parked */
	int64_t parked_retry; /* earliest time of the next attempt to close the parked descriptors */
} closer = { .socket = -1 };

/*
 * A process that closes a single batch and was still running after EXIT_MS. When this process exits, the socket reports
 * end of file.
 */
static struct {
	int socket;
	uint64_t ino;
} single = { .socket = -1 };

/*
 * If N is 0, creates a closer. If N is not 0, creates a process that closes only the N descriptors FDS. Returns 0, or
 * -1.
 */
static int
closer_fork(int s, const int *fds, size_t n)
{
	sigset_t old;
	int made;

	signal_mask_block(NULL, 0, &old);
	made = helper_fork_orphan();
	if (made == 0 && n > 0)
		closer_exit_with(s, fds, n);
	if (made == 0)
		closer_main(s);
	closer.impossible = made == -1 && errno != EAGAIN && errno != ENOMEM;
	signal_mask_restore(&old);
	return made == 1 ? 0 : -1;
}

/*
 * Creates a socket pair: ends[0] for this process, ends[1] for the closer. ends[1] is higher than all other open
 * descriptors.
 */
static int
ends_make(int ends[2])
{
	int high;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	high = fcntl(ends[1], F_DUPFD_CLOEXEC, fd_table_end() - 1);
	if (high == -1)
		high = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
	(void)close(ends[1]);
	ends[1] = high;
	if (high != -1)
		return 0;
	(void)close(ends[0]);
	return -1;
}

/*
 * Returns true if *S is still the socket whose inode number is INO. Otherwise, sets *S to -1. When dup2(2) moves
 * descriptors to the numbers that a command expects, another descriptor can get the number *S. This other descriptor
 * must be neither written to nor closed.
 */
static bool
is_ours(int *s, uint64_t ino)
{
	struct file_stat st;

	if (*s != -1 && (file_stat(*s, &st) == -1 || st.ino != ino || !S_ISSOCK(st.mode)))
		*s = -1;
	return *s != -1;
}

static bool
socket_is_ours(void)
{
	return is_ours(&closer.socket, closer.ino);
}

/*
 * If N is 0, creates a closer. If N is not 0, creates a process that closes only the N descriptors FDS. Waits until the
 * new process has unshared its descriptor table. Returns a socket that is connected to the new process, or -1.
 */
static int
process_start(const int *fds, size_t n)
{
	struct pollfd p;
	int ends[2];
	char byte;

	if ((closer.retry != 0 && monotonic_now() < closer.retry) || ends_make(ends) == -1)
		return -1;
	if (closer_fork(ends[1], fds, n) == -1) {
		closer.retry = monotonic_now() + RETRY_NS;
	} else {
		/*
		 * poll(2) may not report the exit of the new process, because the new process has a copy of ends[0]
		 * until it has unshared its descriptor table. The timeout START_MS limits the wait.
		 */
		p = (struct pollfd){ .fd = ends[0], .events = POLLIN };
		while (poll(&p, 1, START_MS) == -1 && errno == EINTR)
			;
		if (recv(ends[0], &byte, 1, MSG_DONTWAIT) == 1) {
			(void)close(ends[1]);
			closer.retry = closer.pause = 0;
			return ends[0];
		}
		/*
		 * The new process hangs if closing its copy of a file hangs, which is possible on file systems that act
		 * on every close.
		 */
		closer.pause = closer.pause == 0 ? RETRY_NS : closer.pause * 2;
		if (closer.pause > RETRY_NS_MAX)
			closer.pause = RETRY_NS_MAX;
		closer.retry = monotonic_now() + closer.pause;
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return -1;
}

static int
closer_start(void)
{
	struct file_stat st;
	int s;

	if (socket_is_ours() && closer.owner == getpid())
		return 0;
	helper_close_end();
	s = process_start(NULL, 0);
	if (s == -1)
		return -1;
	if (file_stat(s, &st) == -1) {
		(void)close(s);
		return -1;
	}
	closer.ino = st.ino;
	closer.owner = getpid();
	closer.socket = s;
	return 0;
}

void
helper_close_keep(void)
{
	closer.keep = true;
	if (!helper_is_under_valgrind())
		(void)closer_start();
}

void
helper_close_idle(void)
{
	if (!closer.keep)
		helper_close_end();
}

void
helper_close_end(void)
{
	if (socket_is_ours())
		(void)close(closer.socket);
	if (is_ours(&single.socket, single.ino))
		(void)close(single.socket);
	closer.socket = single.socket = -1;
}

bool
helper_close_active(void)
{
	return closer.socket != -1 && !closer.keep;
}

int
helper_close_socket(void)
{
	return closer.socket;
}

static int
send_batch(const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(CLOSER_BATCH_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (char[]){ 'f' }, .iov_len = 1 };
	struct msghdr hdr = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = (unsigned int)CMSG_SPACE(n * sizeof(int)) };
	struct pollfd p = { .fd = closer.socket, .events = POLLOUT };
	bool waited = false;

	memset(&control, 0, sizeof(control.align));
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = (unsigned int)CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	while (sendmsg(closer.socket, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT) == -1) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || waited)
			return -1;
		(void)poll(&p, 1, QUEUE_MS);
		waited = true;
	}
	return 0;
}

static void
release_batch(int s)
{
	while (send(s, "g", 1, MSG_NOSIGNAL) == -1 && errno == EINTR)
		;
}

/* Returns true, and closes the socket, if the process that closes a single batch has exited. */
static bool
single_exited(int milliseconds)
{
	struct pollfd p = { .fd = single.socket, .events = POLLIN };

	if (!is_ours(&single.socket, single.ino))
		return true;
	if (poll(&p, 1, milliseconds) != 1)
		return false;
	(void)close(single.socket);
	single.socket = -1;
	return true;
}

/*
 * Like close_batch(), but closes the N descriptors in a new process, which inherits copies of them. Used while
 * descriptors cannot be sent to the closer, because other processes of this user have too many descriptors in flight.
 * Returns -1 if no process can be created. Also returns -1 if the previous such process hangs, so that the number of
 * processes is limited.
 */
static int
close_in_process(const int *fds, size_t n)
{
	struct file_stat st = { .ino = 0 };
	int s;

	if (!single_exited(EXIT_MS) || (s = process_start(fds, n)) == -1)
		return -1;
	close_many(fds, n);
	release_batch(s);
	(void)file_stat(s, &st);
	single.socket = s;
	single.ino = st.ino;
	(void)single_exited(EXIT_MS);
	return 0;
}

/*
 * Returns the outcome of close_batch() after closer_start() has failed. NO_CLOSER: no process can be created. REFUSED:
 * no descriptor number is free for a socket pair, but helper_close_aside() can still close the descriptor.
 */
static enum outcome
start_failure(void)
{
	return closer.retry != 0 ? NO_CLOSER : REFUSED;
}

/*
 * Sends N descriptors to the closer, and then closes them in this process. Returns CLOSED on success. If the
 * descriptors cannot be sent, closes nothing, and returns NO_CLOSER if the closer accepts no descriptors now,
 * REFUSED if these descriptors cannot be sent to the closer, or CROWDED if too many descriptors of this user are in
 * flight.
 */
static enum outcome
close_batch(const int *fds, size_t n)
{
	int err;

	if (closer_start() == -1)
		return start_failure();
	if (send_batch(fds, n) == -1) {
		err = errno;
		if (err == EAGAIN)
			return NO_CLOSER;
		if (err == ETOOMANYREFS)
			return close_in_process(fds, n) == 0 ? CLOSED : CROWDED;
		/* EPIPE and ECONNRESET mean that the closer was killed, so a new closer is started. */
		if (err != EPIPE && err != ECONNRESET)
			return REFUSED;
		helper_close_end();
		if (closer_start() == -1)
			return start_failure();
		if (send_batch(fds, n) == -1)
			return REFUSED;
	}
	close_many(fds, n);
	release_batch(closer.socket);
	return CLOSED;
}

/*
 * Closes a descriptor in this process if no other method is possible. A timer interrupts the close of a lingering
 * socket. Files other than sockets, FIFOs and regular files stay open, because their last close may block. If no
 * process can ever be created to close such files, closes them in this process.
 */
static void
close_briefly(int fd)
{
	struct call_timeout timeout;
	struct file_stat st;

	if (!closer.impossible &&
	    (file_stat(fd, &st) == -1 || !(S_ISSOCK(st.mode) || S_ISFIFO(st.mode) || S_ISREG(st.mode))))
		return;
	call_timeout_begin(&timeout);
	(void)close(fd);
	call_timeout_end(&timeout);
}

static void
park(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((closer.impossible || !helper_park(fds[i])) && helper_close_aside(fds[i]) == -1)
			close_briefly(fds[i]);
}

static void
close_or_park(const int *fds, size_t n)
{
	enum outcome outcome = close_batch(fds, n);
	size_t i = 0;

	if (outcome == REFUSED || outcome == CROWDED)
		for (; i < n; i++) {
			if (outcome != CROWDED)
				outcome = n > 1 ? close_batch(&fds[i], 1) : REFUSED;
			if (outcome == NO_CLOSER)
				break;
			if (outcome != CLOSED && helper_close_aside(fds[i]) == -1)
				park(&fds[i], 1);
		}
	if (outcome == NO_CLOSER)
		park(fds + i, n - i);
}

/* Closes N descriptors (at most CLOSER_BATCH_MAX) with the method that the type of each file requires. */
static void
close_each_kind(const int *fds, size_t n)
{
	int batch[CLOSER_BATCH_MAX], notified[CLOSER_BATCH_MAX];
	size_t i, count = 0, notified_count = 0;

	for (i = 0; i < n; i++) {
		if (helper_copy_may_wait(fds[i]))
			notified[notified_count++] = fds[i];
		else
			batch[count++] = fds[i];
	}
	if (count > 0)
		close_or_park(batch, count);
	if (notified_count > 0)
		helper_close_notified(notified, notified_count);
}

void
helper_close_parked(bool at_once)
{
	int batch[CLOSER_BATCH_MAX];
	int err = errno;
	size_t left = helper_parked(), n;

	if (left == 0 || (!at_once && monotonic_now() < closer.parked_retry))
		return;
	stuck_reap();
	/*
	 * If the maximum number of helpers hang in close(2), some parked files belong to file systems that act on every
	 * close. These files cannot be closed now, and a new closer would hang when it closes its copies of them.
	 */
	if (stuck_room(CLOSE) == 0 && !socket_is_ours()) {
		closer.parked_retry = monotonic_now() + RETRY_NS;
		errno = err;
		return;
	}
	if (at_once)
		closer.retry = 0;
	/*
	 * close_each_kind() may park a descriptor again, so the loop handles at most the LEFT descriptors that were
	 * parked before the loop.
	 */
	for (; left > 0 && helper_parked() > 0 && closer_start() == 0; left -= n) {
		n = helper_unpark(batch, left < CLOSER_BATCH_MAX ? left : CLOSER_BATCH_MAX);
		if (n == 0)
			break;
		close_each_kind(batch, n);
	}
	closer.parked_retry = monotonic_now() + RETRY_NS;
	errno = err;
}

void
helper_close(const int *fds, size_t n)
{
	int batch[CLOSER_BATCH_MAX];
	int err = errno;
	size_t i, count = 0;

	if (n > 0)
		helper_close_parked(false);
	for (i = 0; i < n; i++) {
		if (fds[i] == -1 || (fds[i] == closer.socket && socket_is_ours()) || fcntl(fds[i], F_GETFD) == -1)
			continue;
		if (helper_is_under_valgrind()) {
			(void)close(fds[i]);
			continue;
		}
		batch[count++] = fds[i];
		if (count == CLOSER_BATCH_MAX) {
			close_each_kind(batch, count);
			count = 0;
		}
	}
	if (count > 0)
		close_each_kind(batch, count);
	errno = err;
}
