/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/deadline.h"
#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/discard.h"
#include "net/endpoint.h"
#include "net/internal.h"

const char *
socket_type_word(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return "stream";
	case SOCK_SEQPACKET:
		return "seqpacket";
	case SOCK_DGRAM:
		return "dgram";
	default:
		return "unknown";
	}
}

int
socket_new(int type, const struct addr *addr, const struct endpoint_options *options, struct fail *fail)
{
	int fd, err;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fail_errno(fail, "%s: cannot create a socket", addr->text);
	if (options->prepare != NULL && options->prepare(fd, options->arg, fail) == -1) {
		err = errno;
		(void)close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

static int
socket_number(int fd, int option, int *value)
{
	socklen_t length = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &length);
}

/*
 * Returns true for a stream socket that is neither listening nor connected. Such a socket is refused with a clear
 * error, because otherwise later system calls would fail with EINVAL.
 */
static bool
fresh_socket(const struct endpoint *ep)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	return ep->domain == AF_UNIX && ep->type != SOCK_DGRAM && !ep->listening &&
	    getpeername(ep->fd, (struct sockaddr *)&peer, &length) == -1 && errno == ENOTCONN;
}

/*
 * Resets socket options of an inherited socket that would change how data is received, because another program may have
 * set them: the offset for MSG_PEEK and the next read (SO_PEEK_OFF), the number of bytes that poll(2) waits for
 * (SO_RCVLOWAT), and the timeouts (SO_RCVTIMEO, SO_SNDTIMEO).
 */
static int
reset_options(int fd, const struct addr *addr, struct fail *fail)
{
	static const struct {
		int option, wanted;
		const char *name;
	} numbers[] = { { SO_PEEK_OFF, -1, "SO_PEEK_OFF" }, { SO_RCVLOWAT, 1, "SO_RCVLOWAT" } };
	static const int times[] = { SO_RCVTIMEO, SO_SNDTIMEO };
	struct timeval none = { 0, 0 }, time;
	socklen_t length;
	size_t i;
	int value;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (socket_number(fd, numbers[i].option, &value) == 0 && value != numbers[i].wanted &&
		    setsockopt(fd, SOL_SOCKET, numbers[i].option, &numbers[i].wanted, sizeof(int)) == -1)
			return fail_errno(fail, "%s: cannot reset %s", addr->text, numbers[i].name);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		length = sizeof(time);
		if (getsockopt(fd, SOL_SOCKET, times[i], &time, &length) == 0 &&
		    (time.tv_sec != 0 || time.tv_usec != 0) &&
		    setsockopt(fd, SOL_SOCKET, times[i], &none, sizeof(none)) == -1)
			return fail_errno(fail, "%s: cannot reset the timeouts of the socket", addr->text);
	}
	return 0;
}

static int
endpoint_take(struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail)
{
	int listening;

	ep->fd = addr->fd;
	if (socket_number(ep->fd, SO_DOMAIN, &ep->domain) == -1 || socket_number(ep->fd, SO_TYPE, &ep->type) == -1)
		return fail_errno(fail, "%s: cannot determine the domain and type of the socket", addr->text);
	/* If the address family of a socket does not support SO_ACCEPTCONN, the socket cannot be a listening socket. */
	if (socket_number(ep->fd, SO_ACCEPTCONN, &listening) == 0)
		ep->listening = listening != 0;
	if (options->type != 0 && options->type != ep->type)
		return fail_msg(fail, "%s: got a %s socket, expected %s", addr->text, socket_type_word(ep->type),
		    socket_type_word(options->type));
	if (fresh_socket(ep))
		return fail_msg(fail, "%s: the socket is neither listening nor connected", addr->text);
	if (options->role_given && ep->type != SOCK_DGRAM) {
		if (options->role == ROLE_LISTEN && !ep->listening)
			return fail_msg(fail, "%s: cannot listen: the socket is connected", addr->text);
		if (options->role == ROLE_CONNECT && ep->listening)
			return fail_msg(fail, "%s: cannot connect: the socket is listening", addr->text);
	}
	if (reset_options(ep->fd, addr, fail) == -1)
		return -1;
	return options->prepare != NULL ? options->prepare(ep->fd, options->arg, fail) : 0;
}

int
endpoint_open(struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail)
{
	int rc, err;

	*ep = (struct endpoint)ENDPOINT_NONE;
	if (addr->kind == ADDR_FD)
		rc = endpoint_take(ep, addr, options, fail);
	else if (options->role == ROLE_LISTEN)
		rc = endpoint_listen(ep, addr, options, fail);
	else
		rc = endpoint_connect(ep, addr, options, fail);
	if (rc == -1) {
		err = errno;
		endpoint_done(ep);
		errno = err;
	}
	return rc;
}

/*
 * Returns true if accept(2) must be called again after it has failed with the errno value ERR: the queued connection
 * was closed, or the network failed temporarily.
 */
static bool
accept_again(int err)
{
	switch (err) {
	case EINTR:
	case EAGAIN:
	case ECONNABORTED:
	case EPROTO:
	case ENOPROTOOPT:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENONET:
		return true;
	default:
		return false;
	}
}

/*
 * Waits until a connection can be accepted on FD. Returns 0, or -1 with ETIMEDOUT, EINTR or another errno of poll(2).
 */
static int
accept_wait(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec time;
	int n = ppoll(&p, 1, deadline_timespec(deadline, &time), NULL);

	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

/*
 * Accepts a connection on an inherited socket. accept(2) would block if another process accepted the connection first,
 * so a timer interrupts accept(2). O_NONBLOCK is not set, because the flag would affect the other processes.
 */
static int
accept_shared(int listener)
{
	struct call_timeout timeout;
	int fd;

	call_timeout_begin(&timeout);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC); /* cppcheck-suppress nullPointer */
	call_timeout_end(&timeout);
	return fd;
}

int
endpoint_accept(const struct endpoint *ep, int64_t deadline)
{
	/*
	 * accept(2) on a blocking socket has no timeout, so accept(2) is called only after poll(2) has reported a
	 * connection.
	 */
	bool poll_first = deadline != FDPASS_NEVER && !ep->nonblocking;
	bool wait = poll_first;
	int fd;

	for (;;) {
		if (wait && accept_wait(ep->fd, deadline) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (poll_first && !ep->ours)
			fd = accept_shared(ep->fd);
		else
			/* cppcheck-suppress nullPointer ; accept4(2) takes NULL for no address */
			fd = accept4(ep->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd != -1 || !accept_again(errno))
			return fd;
		/*
		 * The deadline must be checked here, too: if the socket has been shut down, poll(2) always reports the
		 * socket as readable, although no connection can be accepted.
		 */
		if (errno == EAGAIN && deadline != FDPASS_NEVER && fdpass_deadline(0) >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		wait = poll_first || errno == EAGAIN;
	}
}

void
endpoint_unlink(const struct endpoint *ep)
{
	int err = errno;
	struct stat st;

	if (ep->dirfd != -1 && fstatat(ep->dirfd, ep->base, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_ino == ep->ino && major(st.st_dev) == ep->dev_major && minor(st.st_dev) == ep->dev_minor)
		(void)unlinkat(ep->dirfd, ep->base, 0);
	errno = err;
}

void
endpoint_done(struct endpoint *ep)
{
	int dirfd = ep->dirfd;
	char *base = ep->base;

	/*
	 * The path is removed before the socket is closed: while the socket is open, no other file can get the inode
	 * number of the path.
	 */
	endpoint_unlink(ep);
	/*
	 * The dirfd member is set to -1 before the descriptor is closed, because a signal handler can use this member
	 * at any time.
	 */
	*(volatile int *)&ep->dirfd = -1;
	ep->base = NULL;
	if (dirfd != -1)
		(void)close(dirfd);
	free(base);
	if (ep->ours && ep->fd != -1)
		socket_discard(ep->fd);
	ep->fd = -1;
	ep->ours = false;
}
