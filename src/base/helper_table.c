/* SPDX-License-Identifier: ISC */
/* Unshares a descriptor table that is shared with a stuck helper. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/helper.h"

#define LIKELY 1024

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int
fds_add(int **fds, size_t *count, size_t *room, int fd)
{
	int *more;

	if (*count == *room) {
		more = reallocarray(*fds, *room + 256, sizeof(*more));
		if (more == NULL)
			return -1;
		*fds = more;
		*room += 256;
	}
	(*fds)[(*count)++] = fd;
	return 0;
}

/*
 * Lists all open descriptors in ascending order, except parked descriptors and the one used for the listing. Returns 0,
 * or -1 with errno.
 */
static int
fds_list(int **fds, size_t *count)
{
	size_t room = 0;
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");
	int err;

	*fds = NULL;
	*count = 0;
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir) ||
		    helper_is_parked(atoi(entry->d_name)))
			continue;
		if (fds_add(fds, count, &room, atoi(entry->d_name)) == -1) {
			err = errno;
			(void)closedir(dir);
			free(*fds);
			errno = err;
			return -1;
		}
	}
	(void)closedir(dir);
	if (*count > 0)
		qsort(*fds, *count, sizeof(**fds), compare);
	return 0;
}

/* Closes the descriptor numbers that are likely to be open. Used if /proc is not available. */
static void
close_likely(void)
{
	int fds[LIKELY];
	int i;

	for (i = 0; i < LIKELY; i++)
		fds[i] = helper_is_parked(i) ? -1 : i;
	helper_close(fds, LIKELY);
}

static void
close_everything(void)
{
	int *fds;
	size_t count;

	/*
	 * Descriptors that are still parked cannot be closed without blocking. They stay open until the stuck helper
	 * exits.
	 */
	helper_close_parked(true);
	helper_park_stop();
	if (fds_list(&fds, &count) == -1) {
		close_likely();
		return;
	}
	helper_close(fds, count);
	free(fds);
}

void
helper_exit(void)
{
	if (helper_stuck() > 0)
		close_everything();
	helper_reap();
}

/*
 * Runs in a process that shares the old table. Waits until the main process has unshared its table, then closes all
 * descriptors in the old table.
 */
static void __attribute__((noreturn)) tidy(int pipe_end)
{
	char byte;

	while (read(pipe_end, &byte, 1) == -1 && errno == EINTR)
		;
	close_everything();
	helper_reap();
	_exit(0);
}

int
helper_unshare_fds(struct fail *fail)
{
	int ends[2] = { -1, -1 };
	pid_t pid;
	int result = -1;

	helper_close_parked(true);
	helper_reap();
	if (helper_stuck() == 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC) == -1)
		return fail_errno(fail, "cannot unshare the descriptor table: pipe");
	pid = helper_fork();
	if (pid == 0)
		tidy(ends[0]);
	if (pid == -1)
		(void)fail_errno(fail, "cannot unshare the descriptor table: fork");
	else if (unshare(CLONE_FILES) == -1)
		(void)fail_errno(fail, "cannot unshare the descriptor table");
	else
		result = 0;
	if (result == 0)
		while (write(ends[1], "", 1) == -1 && errno == EINTR)
			;
	else if (pid != -1)
		(void)kill(pid, SIGKILL);
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (pid != -1)
		while (waitpid(pid, NULL, __WALL) == -1 && errno == EINTR)
			;
	return result;
}
