/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/helper.h"
#include "net/discard.h"
#include "net/peek.h"

static int
option_get(int fd, int option)
{
	socklen_t length = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* Nothing is queued at FD, and nothing can be from now on. */
static bool
is_drained(int fd)
{
	int type = option_get(fd, SO_TYPE), queued;

	if (shutdown(fd, SHUT_RD) == -1 && errno != ENOTCONN)
		return false;
	if (option_get(fd, SO_ACCEPTCONN) == 1) {
		/* After the shutdown, accept(2) on an empty queue fails instead of waiting. */
		queued = accept4(fd, NULL, NULL, SOCK_CLOEXEC); /* cppcheck-suppress nullPointer */
		if (queued != -1)
			helper_close(&queued, 1);
		return queued == -1 && errno == EINVAL;
	}
	if (type == SOCK_STREAM)
		return ioctl(fd, FIONREAD, &queued) == 0 && queued == 0;
	return peek_message(fd) == 0;
}

static bool
lingers(int fd)
{
	struct linger linger;
	socklen_t size = sizeof(linger);

	return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) == -1 || linger.l_onoff != 0;
}

void
socket_discard(int fd)
{
	int err = errno;

	if (option_get(fd, SO_DOMAIN) == AF_UNIX ? is_drained(fd) : !lingers(fd))
		(void)close(fd);
	else
		helper_close(&fd, 1);
	errno = err;
}
