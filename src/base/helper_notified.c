/* SPDX-License-Identifier: ISC */
/*
 * Closes files whose file system acts on every close, such as FUSE and NFS. Closing a file on NFS or FUSE may hang even
 * if other descriptors of the file stay open, so a helper that shares the descriptor table closes the file. The files
 * are closed one after the other until a close hangs. After a close has hung, the remaining files are closed
 * concurrently, each in a separate helper, so that the total time does not depend on their number.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/helper_stuck.h"
#include "base/proc_pid.h"
#include "base/signal_mask.h"

#define INTERVAL     5000000 /* interval at which the state of the helpers is checked, in nanoseconds */
#define ASLEEP_LIMIT 3	     /* helpers that sleep at this number of consecutive checks count as stuck */
#define CHECKS_MAX   60	     /* number of checks after which all remaining helpers count as stuck */

/* Starts a helper that closes FD and exits. Returns its pid, or -1. */
static pid_t
closer_new(int fd)
{
	sigset_t old;
	pid_t pid;

	signal_mask_block(NULL, 0, &old);
	pid = helper_fork();
	if (pid == 0) {
		(void)close(fd);
		_exit(0);
	}
	signal_mask_restore(&old);
	return pid;
}

/* Reaps the helpers that have exited, and removes them from PIDS. Returns true if all remaining helpers sleep. */
static bool
helpers_check(pid_t *pids, size_t *count)
{
	size_t i, kept = 0;
	bool asleep = true;
	struct proc_stat stat;

	for (i = 0; i < *count; i++) {
		if (waitpid(pids[i], NULL, WNOHANG | __WALL) != 0)
			continue;
		(void)proc_stat_read(pids[i], &stat);
		asleep = asleep && (stat.state == 'D' || stat.state == 'S' || stat.state == 0);
		pids[kept++] = pids[i];
	}
	*count = kept;
	return asleep;
}

/* Waits until all helpers have exited or count as stuck. */
static void
helpers_wait(pid_t *pids, size_t *count)
{
	const struct timespec interval = { 0, INTERVAL };
	int asleep = 0, checks;

	for (checks = 0; *count > 0 && checks < CHECKS_MAX && asleep < ASLEEP_LIMIT; checks++) {
		(void)nanosleep(&interval, NULL);
		asleep = helpers_check(pids, count) ? asleep + 1 : 0;
	}
}

void
helper_close_concurrently(const int *fds, size_t n)
{
	pid_t pids[CLOSER_BATCH_MAX];
	size_t room = stuck_room(CLOSE); /* each new helper may hang in close(2) */
	size_t i, count = 0, k;
	bool guarded = helper_guard_start();

	for (i = 0; i < n && i < room; i++) {
		pids[count] = closer_new(fds[i]);
		if (pids[count] == -1)
			break;
		count++;
	}
	for (; i < n; i++)
		(void)helper_park(fds[i]);
	helpers_wait(pids, &count);
	for (k = 0; k < count; k++)
		stuck_add(pids[k], CLOSE, (uid_t)-1);
	if (count > 0)
		(void)helper_leave_table();
	if (guarded)
		helper_guard_end();
}

void
helper_close_notified(const int *fds, size_t n)
{
	int err = errno, closed = 1;
	size_t i, part;
	bool guarded = helper_guard_start(); /* one guard protects all closes */

	for (i = 0; i < n && closed == 1; i++) {
		closed = helper_close_aside(fds[i]);
		/* If the descriptor cannot be parked, it stays open at its number. */
		if (closed == -1)
			(void)helper_park(fds[i]);
	}
	for (; i < n; i += part) {
		part = n - i < CLOSER_BATCH_MAX ? n - i : CLOSER_BATCH_MAX;
		helper_close_concurrently(fds + i, part);
	}
	if (guarded)
		helper_guard_end();
	errno = err;
}
