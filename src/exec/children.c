/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pid_cache.h"
#include "exec/children.h"

static volatile sig_atomic_t running;
static struct sigaction before;

static void
reap(int signal_number)
{
	int err = errno;
	pid_t pid;

	(void)signal_number;
	do {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid > 0)
			running = running - 1;
	} while (pid > 0 || (pid == -1 && errno == EINTR));
	/* Whoever is gone without a trace is not waited for. */
	if (pid == -1 && errno == ECHILD)
		running = 0;
	errno = err;
}

int
children_begin(void)
{
	struct sigaction action = { .sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP };

	(void)sigemptyset(&action.sa_mask);
	return sigaction(SIGCHLD, &action, &before);
}

size_t
children_running(void)
{
	return (size_t)running;
}

/* Waits, SIGCHLD being blocked, until fewer than LIMIT run. */
static void
wait_below(size_t limit, const sigset_t *unblocked)
{
	while (children_running() >= limit)
		(void)sigsuspend(unblocked);
}

static void
block(sigset_t *old)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, old);
	(void)sigdelset(old, SIGCHLD);
}

pid_t
children_fork(size_t limit)
{
	sigset_t old;
	pid_t pid;
	int err;

	block(&old);
	wait_below(limit, &old);
	pid = fork();
	err = errno;
	if (pid > 0)
		running = running + 1;
	if (pid == 0) {
		pid_cache_clear();
		(void)sigaction(SIGCHLD, &before, NULL);
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
	wait_below(1, &old);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}
