/* SPDX-License-Identifier: ISC */
/*
 * Keeping descriptors open that helper_close() can neither close here, because that may block, nor send to another
 * process, because none can be created (RLIMIT_NPROC). Each moves to a high number: closing its previous number is not
 * the last close. An exit closes them without waiting.
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

#define PARKED_MAX 4096
#define FIRST	   4096 /* lowest number, if the limit on open files permits */
#define ROOM	   600	/* numbers that stay free: more than two messages (SCM_MAX_FD) need */

/* Static, because they belong to the process like the closer, which any layer may use. */
static struct {
	pid_t owner; /* a forked child has copies only, which it need not close */
	size_t count;
	bool off;
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
	parked.off = false;
}

/* With a low limit, more stays free than must be free for another client to be accepted (net/receive.h). */
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
	if (parked.off || getrlimit(RLIMIT_NOFILE, &limit) == -1 || !has_room(limit.rlim_cur) ||
	    file_stat(fd, &st) == -1)
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
 * Returns whether the number still refers to the parked descriptor: placing descriptors for a command, which are
 * inherited, may have replaced it.
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

bool
helper_is_parked(int fd)
{
	size_t i, count = helper_parked();

	for (i = 0; i < count; i++)
		if (parked.list[i].fd == fd)
			return true;
	return false;
}

void
helper_park_stop(void)
{
	own();
	parked.off = true;
}
