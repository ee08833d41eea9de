/* SPDX-License-Identifier: ISC */
/*
 * A library that is preloaded into fdpass and adds a defect, which the fault injection must detect. The variable
 * DEFECT selects the defect:
 *
 * keeps   one descriptor of each received message stays open, and COMMAND inherits this descriptor
 * stops   an interrupted call (EINTR) is treated as failed
 * drops   the remaining data of a short write is never written
 * silent  errors are not reported
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "no_pwritev2.h"

static bool
has(const char *defect)
{
	const char *wanted = getenv("DEFECT");

	return wanted != NULL && strcmp(wanted, defect) == 0 && strcmp(program_invocation_short_name, "fdpass") == 0;
}

static ssize_t
stopped(ssize_t result)
{
	if (result == -1 && errno == EINTR && has("stops"))
		errno = EIO;
	return result;
}

ssize_t
recvmsg(int sock, struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	ssize_t got = stopped(real(sock, msg, flags));
	struct cmsghdr *c = got == -1 || !has("keeps") ? NULL : CMSG_FIRSTHDR(msg);
	int fd;

	for (; c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_type == SCM_RIGHTS) {
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			(void)fcntl(fd, F_DUPFD, 50);
		}
	return got;
}

ssize_t
sendmsg(int sock, const struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = (ssize_t(*)(int, const struct msghdr *, int))dlsym(
	    RTLD_NEXT, "sendmsg");

	return stopped(real(sock, msg, flags));
}

int
epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)
{
	int (*real)(int, struct epoll_event *, int, int) = (int (*)(int, struct epoll_event *, int, int))dlsym(
	    RTLD_NEXT, "epoll_wait");

	return (int)stopped(real(epfd, events, count, timeout));
}

ssize_t
write(int fd, const void *buf, size_t length)
{
	ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	ssize_t put;

	if (fd == STDERR_FILENO && has("silent"))
		return (ssize_t)length;
	put = stopped(real(fd, buf, length));
	return put > 0 && has("drops") ? (ssize_t)length : put;
}
