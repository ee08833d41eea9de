/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/filestat.h"

#define ESTIMATED_END 1024 /* assumed size of the descriptor table if /proc cannot be read */
#define COUNT_MOST    4096 /* counting stops when this number of free descriptors has been found */
#define SPARE	      16   /* number of free descriptors that a command needs, or half of its limit if that is less */

/* The variable is static because RLIMIT_NOFILE belongs to the process and must be restored before execve(2). */
static struct {
	rlim_t before; /* the soft limit before fd_limit_raise() raised it; 0: not raised */
	size_t known;  /* lower bound for the number of free descriptor numbers */
} state;

/*
 * Counts free descriptor numbers below LIMIT; if AFTER_EXEC is true, counts the numbers that execve(2) will free, too.
 * Stops at MOST.
 */
static size_t
free_below(rlim_t limit, size_t most, bool after_exec)
{
	size_t count = 0;
	int fd, flags;

	for (fd = 0; (rlim_t)fd < limit && count < most; fd++) {
		flags = fcntl(fd, F_GETFD);
		count += flags == -1 || (after_exec && (flags & FD_CLOEXEC) != 0);
	}
	return count;
}

/* Returns the size of the kernel's descriptor table for this process, or 0 if it is unknown. */
static size_t
table_size(void)
{
	char text[1024];
	const char *line;
	ssize_t n;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "\nFDSize:");
	return line != NULL ? strtoul(line + 8, NULL, 10) : 0;
}

/*
 * Returns an upper bound for the number of open descriptors, or 0 if it is unknown. Since Linux 6.2, the size of the
 * directory /proc/self/fd is the number of open descriptors. On older kernels, returns the size of the kernel's
 * descriptor table.
 */
static size_t
open_at_most(void)
{
	struct file_stat st;

	/* The mode identifies /proc/self/fd in procfs, and a size above 0 identifies Linux 6.2 or later. */
	if (file_stat_at(AT_FDCWD, "/proc/self/fd", &st) == 0 && st.mode == (S_IFDIR | 0500) && st.size > 0)
		return (size_t)st.size;
	return table_size();
}

/*
 * Returns a lower bound for the number of free descriptor numbers below LIMIT. Counts the numbers one by one only if
 * open_at_most() does not show that N are free.
 */
static size_t
find_free(rlim_t limit, size_t n)
{
	size_t used = open_at_most();

	if (used > 0 && (rlim_t)used + n <= limit)
		return limit - used < SIZE_MAX ? (size_t)(limit - used) : SIZE_MAX;
	return free_below(limit, n > COUNT_MOST ? n : COUNT_MOST, false);
}

int
fd_table_end(void)
{
	size_t size = table_size();

	return size > 0 && size <= INT_MAX ? (int)size : ESTIMATED_END;
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
	size_t spare;

	if (state.before == 0 || getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	spare = state.before / 2 < SPARE ? (size_t)state.before / 2 : SPARE;
	if (free_below(state.before, spare, true) < spare)
		return;
	limit.rlim_cur = state.before;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

bool
fd_limit_has_room(size_t n)
{
	struct rlimit limit;

	if (state.known < n && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		state.known = find_free(limit.rlim_cur, n);
	return state.known >= n;
}

void
fd_limit_note(size_t n)
{
	state.known = state.known > n ? state.known - n : 0;
}
