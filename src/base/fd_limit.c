/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sys/resource.h>

#include "base/fd_limit.h"

#define COUNT_MOST 4096 /* counting stops at this number of free ones */
#define SPARE	   16	/* descriptors that a command needs at least, to start */

/* Static, because the limit belongs to the process, and each exec restores it. */
static struct {
	rlim_t before; /* soft limit before it was raised; 0: it was not */
	size_t known;  /* this many numbers are certainly free */
} state;

static size_t
free_below(rlim_t limit, size_t most)
{
	size_t count = 0;
	int fd;

	for (fd = 0; (rlim_t)fd < limit && count < most; fd++)
		count += fcntl(fd, F_GETFD) == -1;
	return count;
}

void
fd_limit_raise(void)
{
	struct rlimit limit;

	if (state.before != 0 || getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= limit.rlim_max)
		return;
	state.before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void
fd_limit_restore(void)
{
	struct rlimit limit;

	if (state.before == 0 || getrlimit(RLIMIT_NOFILE, &limit) == -1 || free_below(state.before, SPARE) < SPARE)
		return;
	limit.rlim_cur = state.before;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

bool
fd_limit_has_room(size_t n)
{
	struct rlimit limit;

	if (state.known < n && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		state.known = free_below(limit.rlim_cur, n > COUNT_MOST ? n : COUNT_MOST);
	return state.known >= n;
}

void
fd_limit_note(size_t n)
{
	state.known = state.known > n ? state.known - n : 0;
}
