/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/pid_cache.h"
#include "exec/children.h"

/*
 * The variable is static because the handler of SIGCHLD uses it. The variable is changed only while SIGCHLD is blocked.
 * The list of children does not contain children that this process inherited through execve(2).
 */
static struct {
	pid_t *pids;
	size_t count, room;
	struct sigaction old_action;
	sigset_t old_mask;
} children;

static void
reap(int signal_number)
{
	int err = errno;
	size_t i, kept = 0;

	(void)signal_number;
	for (i = 0; i < children.count; i++)
		if (waitpid(children.pids[i], NULL, WNOHANG) == 0)
			children.pids[kept++] = children.pids[i];
	children.count = kept;
	errno = err;
}

static void
block(sigset_t *old)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, old);
}

int
children_begin(void)
{
	struct sigaction action = { .sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	sigset_t set;

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGCHLD, &action, &children.old_action) == -1)
		return -1;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	return sigprocmask(SIG_UNBLOCK, &set, &children.old_mask);
}

size_t
children_running(void)
{
	sigset_t old;
	size_t count;

	block(&old);
	count = children.count;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return count;
}

/* Waits until fewer than LIMIT children are running. SIGCHLD must be blocked. Returns 0, or -1 with ETIMEDOUT. */
static int
wait_below(size_t limit, const sigset_t *unblocked, int64_t deadline)
{
	const struct timespec *timeout;
	struct timespec time;

	while (children.count >= limit) {
		timeout = deadline_timespec(deadline, &time);
		if (timeout != NULL && timeout->tv_sec == 0 && timeout->tv_nsec == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)ppoll(NULL, 0, timeout, unblocked);
	}
	return 0;
}

static int
make_room(void)
{
	pid_t *pids;

	if (children.count < children.room)
		return 0;
	pids = reallocarray(children.pids, children.room + 64, sizeof(*pids));
	if (pids == NULL)
		return -1;
	children.pids = pids;
	children.room += 64;
	return 0;
}

pid_t
children_fork(size_t limit, int64_t deadline)
{
	sigset_t old;
	pid_t pid = -1;
	int err;

	block(&old);
	if (wait_below(limit, &old, deadline) == 0 && make_room() == 0)
		pid = fork();
	err = errno;
	if (pid > 0)
		children.pids[children.count++] = pid;
	if (pid == 0) {
		pid_cache_clear();
		(void)sigaction(SIGCHLD, &children.old_action, NULL);
		(void)sigprocmask(SIG_SETMASK, &children.old_mask, NULL);
		return 0;
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return pid;
}

void
children_wait(void)
{
	sigset_t old;

	block(&old);
	(void)wait_below(1, &old, NO_DEADLINE);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	free(children.pids);
	children.pids = NULL;
	children.room = 0;
}
