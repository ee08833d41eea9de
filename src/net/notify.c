/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/notify.h"

/* Maximum time in nanoseconds to wait if the service manager does not read from its socket. */
#define NOTIFY_TIMEOUT 5000000000

static int
newline_write(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (;;) {
		if (write(fd, "\n", 1) == 1)
			return 0;
		if (errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (errno != EINTR)
			return -1;
	}
}

/*
 * SIGPIPE is blocked, so that write(2) to a pipe without a reader fails with EPIPE and does not terminate this process.
 */
int
notify_newline(int fd)
{
	const struct timespec now = { 0, 0 };
	sigset_t pipe_only, before, pending;
	int rc, err;

	(void)sigemptyset(&pipe_only);
	(void)sigaddset(&pipe_only, SIGPIPE);
	(void)sigpending(&pending);
	(void)sigprocmask(SIG_BLOCK, &pipe_only, &before);
	rc = newline_write(fd);
	err = errno;
	if (rc == -1 && err == EPIPE && sigismember(&pending, SIGPIPE) == 0)
		(void)sigtimedwait(&pipe_only, NULL, &now);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return rc;
}

int
notify_connect(struct endpoint *ep, struct fail *fail)
{
	const char *where = getenv("NOTIFY_SOCKET");
	struct endpoint_options options = { .role = ROLE_CONNECT,
		.type = SOCK_DGRAM,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.deadline = FDPASS_NEVER };
	struct fail reason;
	struct addr addr;
	int rc;

	*ep = (struct endpoint)ENDPOINT_NONE;
	if (where == NULL || *where == '\0')
		return 0;
	if (*where != '/' && *where != '@')
		return fail_msg(fail, "invalid NOTIFY_SOCKET '%s': expected an absolute path or @name", where);
	rc = addr_parse(&addr, where, &reason);
	if (rc == 0) {
		rc = endpoint_open(ep, &addr, &options, &reason);
		addr_done(&addr);
	}
	return rc == 0 ? 0 : fail_msg(fail, "NOTIFY_SOCKET: %s", reason.text);
}

static int
notify_manager(struct fail *fail)
{
	static const char text[] = "READY=1";
	struct iovec data = { .iov_base = (char *)(uintptr_t)text, .iov_len = sizeof(text) - 1 };
	struct fdpass_wait wait = { .deadline = fdpass_deadline(NOTIFY_TIMEOUT) };
	struct endpoint ep;
	int rc = notify_connect(&ep, fail);

	if (rc == -1 || ep.fd == -1)
		return rc;
	if (fdpass_sendmsg(ep.fd, &data, 1, NULL, 0, MSG_NOSIGNAL, NULL, 0, &wait) == -1)
		rc = fail_errno(fail, "cannot send READY=1 to NOTIFY_SOCKET %s", getenv("NOTIFY_SOCKET"));
	endpoint_done(&ep);
	return rc;
}

int
notify_ready(int fd, struct fail *fail)
{
	if (fd != -1 && notify_newline(fd) == -1)
		return fail_errno(fail, "--ready-fd=%d: cannot write", fd);
	return notify_manager(fail);
}
