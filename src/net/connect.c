/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/internal.h"

#define SECOND	  1000000000
#define PAUSE_MAX 20000000 /* 20 ms, in nanoseconds */

bool
pause_until(int64_t *pause, int64_t limit)
{
	int64_t until = fdpass_deadline(*pause);
	struct timespec ts;

	if (fdpass_deadline(0) >= limit)
		return false;
	if (until > limit)
		until = limit;
	ts.tv_sec = (time_t)(until / SECOND);
	ts.tv_nsec = (long)(until % SECOND);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	*pause = *pause * 2 < PAUSE_MAX ? *pause * 2 : PAUSE_MAX;
	return true;
}

int
proc_address(int fd, const char *base, struct sockaddr_un *address, socklen_t *length)
{
	char path[sizeof(address->sun_path)];
	int n;

	n = snprintf(path, sizeof(path), "/proc/self/fd/%d%s%s", fd, base != NULL ? "/" : "", base != NULL ? base : "");
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return fdpass_unix_address(path, (size_t)n, address, length);
}

/*
 * Calls connect(2), and waits at most until the time LIMIT. If the backlog of an AF_UNIX listening socket is full,
 * connect(2) waits for the time SO_SNDTIMEO, and then fails with EAGAIN. Restores the previous value of SO_SNDTIMEO
 * afterwards.
 */
static int
connect_within(int fd, const struct sockaddr_un *address, socklen_t length, int64_t limit)
{
	struct timeval before = { 0, 0 }, left;
	socklen_t size = sizeof(before);
	int64_t wait;
	int rc, err;

	if (limit != FDPASS_NEVER)
		(void)getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &before, &size);
	for (;;) {
		if (limit != FDPASS_NEVER) {
			wait = (limit - fdpass_deadline(0)) / 1000;
			if (wait < 1)
				wait = 1; /* 0 in SO_SNDTIMEO would mean no time limit */
			left.tv_sec = (time_t)(wait / 1000000);
			left.tv_usec = (suseconds_t)(wait % 1000000);
			if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left)) == -1)
				return -1;
		}
		rc = connect(fd, (const struct sockaddr *)address, length);
		if (rc == 0 || errno != EINTR)
			break;
	}
	if (limit != FDPASS_NEVER) {
		err = errno;
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &before, sizeof(before));
		errno = err;
	}
	return rc;
}

/*
 * Makes one attempt to connect. If the path is too long for sun_path, the address for connect(2) is /proc/self/fd/N
 * instead, where N is an O_PATH descriptor for the path.
 */
static int
connect_once(int fd, const struct addr *addr, int64_t limit)
{
	struct sockaddr_un address;
	socklen_t length;
	int inode, rc, err;

	if (fdpass_unix_address(addr->name, addr->length, &address, &length) == 0)
		return connect_within(fd, &address, length, limit);
	inode = open(addr->name, O_PATH | O_CLOEXEC);
	if (inode == -1)
		return -1;
	rc = proc_address(inode, NULL, &address, &length);
	if (rc == 0)
		rc = connect_within(fd, &address, length, limit);
	err = errno;
	(void)close(inode);
	errno = err;
	return rc;
}

/*
 * Tries to connect with each possible socket type. If the type differs from the type of the listening socket,
 * connect(2) to a path fails with EPROTOTYPE, and connect(2) to an abstract name fails with ECONNREFUSED. Returns 0, or
 * -1 with errno. If *REPORTED is set to true, *FAIL describes the error, and errno is not used.
 */
static int
connect_types(struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, int64_t limit,
    bool *reported, struct fail *fail)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int other = addr->kind == ADDR_ABSTRACT ? ECONNREFUSED : EPROTOTYPE;
	size_t i;
	int err;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ep->type = options->type != 0 ? options->type : types[i];
		ep->fd = socket_new(ep->type, addr, options, fail);
		*reported = ep->fd == -1;
		if (*reported)
			return -1;
		if (connect_once(ep->fd, addr, limit) == 0)
			return 0;
		err = errno;
		(void)close(ep->fd);
		ep->fd = -1;
		errno = err;
		if (errno != other || options->type != 0)
			break;
	}
	return -1;
}

/*
 * Returns true if the path exists and is not a socket. This function is necessary because connect(2) fails with
 * ECONNREFUSED both for such a file and for a socket that is not listening.
 */
static bool
is_other_file(const struct addr *addr)
{
	int err = errno;
	struct stat st;
	bool other = addr->kind == ADDR_PATH && stat(addr->name, &st) == 0 && !S_ISSOCK(st.st_mode);

	errno = err;
	return other;
}

static int
connect_failed(const struct addr *addr, const struct endpoint_options *options, bool late, struct fail *fail)
{
	if (errno == EPROTOTYPE && options->type != 0)
		(void)fail_msg(fail, "connect to %s: not a %s socket", addr->text, socket_type_word(options->type));
	else if (errno == EAGAIN)
		(void)fail_msg(fail, "connect to %s: timed out because the backlog is full", addr->text);
	else if (errno == ECONNREFUSED && is_other_file(addr))
		(void)fail_msg(fail, "connect to %s: not a socket", addr->text);
	else if (late)
		(void)fail_errno(fail, "connect to %s: timed out", addr->text);
	else if (errno == ECONNREFUSED && options->type != SOCK_DGRAM)
		(void)fail_errno(fail,
		    addr->kind == ADDR_PATH ? "connect to %s: the socket is not listening" :
					      "connect to %s: no socket of this name is listening",
		    addr->text);
	else
		(void)fail_errno(fail, "connect to %s", addr->text);
	if (late)
		fail->reason = FAIL_TIMEOUT;
	return -1;
}

int
endpoint_connect(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail)
{
	int64_t limit = options->deadline, pause = PAUSE_FIRST;
	int64_t retry = options->retry < limit ? options->retry : limit;
	bool reported, waiting = false;
	int err;

	/*
	 * If --wait=SECONDS limits the wait for a listening process, the wait for room in its backlog has the same time
	 * limit.
	 */
	if (limit == FDPASS_NEVER && options->retry != 0)
		limit = options->retry;
	ep->domain = AF_UNIX;
	ep->ours = true;
	for (;;) {
		if (connect_types(ep, addr, options, limit, &reported, fail) == 0)
			return 0;
		if (reported)
			return -1;
		if (errno == EAGAIN || options->retry == 0 || (errno != ENOENT && errno != ECONNREFUSED))
			return connect_failed(addr, options, errno == EAGAIN, fail);
		if (errno == ECONNREFUSED && is_other_file(addr))
			return connect_failed(addr, options, false, fail);
		err = errno;
		if (!waiting && options->waits != NULL)
			options->waits(addr);
		waiting = true;
		if (!pause_until(&pause, retry)) {
			errno = err;
			return connect_failed(addr, options, true, fail);
		}
	}
}
