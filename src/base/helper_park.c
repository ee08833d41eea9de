/* SPDX-License-Identifier: ISC */
/*
 * Parks descriptors whose close may block if no process that closes them can be created (RLIMIT_NPROC). To park a
 * descriptor is to keep it open until it can be closed without blocking. A parked descriptor is moved to a high number:
 * it is duplicated there, and closing the original number is then not the last close and cannot block. Files whose file
 * system acts on every close keep their numbers. At exit, the parked descriptors are closed without blocking, but files
 * whose file system acts on every close can block the exit if no process can be created.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/filestat.h"
#include "base/helper.h"
#include "base/helper_internal.h"

#define PARKED_MAX 4096
#define FIRST	   4096 /* parked descriptors get numbers from FIRST on, if RLIMIT_NOFILE permits */
#define ROOM	   600	/* number of descriptor numbers that stay free; more than two messages (SCM_MAX_FD) need */

/*
 * The variables are static because parked descriptors belong to the process, and because all layers close descriptors.
 */
static struct {
	/* pid of the process that parked the descriptors; a forked child does not close its copies of them */
	pid_t owner;
	size_t count;
	struct parked {
		int fd;
		uint64_t ino;
	} list[PARKED_MAX];
} parked;

static void
own(void)
{
	if (parked.owner == getpid())
		return;
	parked.owner = getpid();
	parked.count = 0;
}

/*
 * Returns true if LIMIT permits another parked descriptor. After that, more descriptor numbers must stay free than
 * net/receive.h needs to accept a client.
 */
static bool
has_room(rlim_t limit)
{
	rlim_t room = limit - limit / 4;

	return parked.count < PARKED_MAX && parked.count < limit / 2 &&
	    fd_limit_has_room(room < ROOM ? (size_t)room : ROOM);
}

bool
helper_park(int fd)
{
	struct rlimit limit;
	struct file_stat st;
	int copy;

	own();
	if (parked.count == PARKED_MAX || file_stat(fd, &st) == -1)
		return false;
	if (helper_copy_may_wait(fd)) {
		parked.list[parked.count++] = (struct parked){ .fd = fd, .ino = st.ino };
		return true;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || !has_room(limit.rlim_cur))
		return false;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, limit.rlim_cur / 2 < FIRST ? (int)(limit.rlim_cur / 2) : FIRST);
	if (copy == -1)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy == -1)
		return false;
	fd_limit_note(1);
	(void)close(fd);
	parked.list[parked.count++] = (struct parked){ .fd = copy, .ino = st.ino };
	return true;
}

/*
 * Returns true if the number still refers to the parked descriptor. When dup2(2) moves descriptors to the numbers that
 * a command expects, another descriptor can get the number of a parked descriptor.
 */
static bool
is_ours(const struct parked *p)
{
	struct file_stat st;

	return fcntl(p->fd, F_GETFD) == FD_CLOEXEC && file_stat(p->fd, &st) == 0 && st.ino == p->ino;
}

size_t
helper_unpark(int *fds, size_t most)
{
	const struct parked *p;
	size_t n = 0;

	own();
	while (parked.count > 0 && n < most) {
		p = &parked.list[--parked.count];
		if (is_ours(p))
			fds[n++] = p->fd;
	}
	return n;
}

size_t
helper_parked(void)
{
	return parked.count > 0 && parked.owner == getpid() ? parked.count : 0;
}
