/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pid_cache.h"
#include "activate/gate.h"
#include "activate/internal.h"

void
say(const struct activation *a, enum activate_level level, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	a->say(a->arg, level, text);
}

static bool
children_grow(struct children *c)
{
	size_t room = c->room != 0 ? c->room * 2 : 16;
	pid_t *pids;

	if (c->gate == NULL && (c->gate = gate_new()) == NULL)
		return false;
	if (c->count < c->room)
		return true;
	pids = reallocarray(c->pids, room, sizeof(*pids));
	if (pids == NULL)
		return false;
	c->pids = pids;
	c->room = room;
	return true;
}

static void
child_become(const struct activation *a, const struct handover *handover, const struct stop *stop)
{
	struct fail fail;

	pid_cache_clear();
	a->forked(a->arg);
	(void)sigaction(SIGCHLD, &stop->sigchld, NULL);
	/*
	 * If a signal has arrived since the fork, restoring the signal mask here lets the signal terminate the child.
	 */
	(void)sigprocmask(SIG_SETMASK, &stop->mask, NULL);
	(void)handover_exec(handover, a->argv, &fail);
	_exit(a->exec_failed(a->arg, &fail));
}

/*
 * Blocks all signals and calls fork(2). All signals stay blocked in both processes. Stores the previous signal mask in
 * *MASK.
 */
static pid_t
fork_blocked(sigset_t *mask)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, mask);
	return fork();
}

pid_t
child_start(struct children *c, const struct activation *a, const struct handover *handover, const struct stop *stop,
    int *connection)
{
	pid_t parent = getpid(), pid;
	uint32_t number;
	sigset_t mask;
	int err;

	if (!children_grow(c))
		return -1;
	number = gate_next(c->gate);
	pid = fork_blocked(&mask);
	err = errno;
	if (pid == 0) {
		gate_pass(c->gate, number, parent);
		child_become(a, handover, stop);
	}
	if (pid != -1) {
		if (connection != NULL) {
			(void)close(*connection);
			*connection = -1;
		}
		gate_open(c->gate, number);
		c->pids[c->count++] = pid;
		a->started(a->arg);
	}
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	errno = err;
	return pid;
}

void
children_free(struct children *c)
{
	free(c->pids);
	gate_free(c->gate);
	*c = (struct children){ .pids = NULL };
}

/* Reaps the child at INDEX if it has exited. Returns its pid, or 0. */
static pid_t
reap_one(struct children *c, size_t index, int *status)
{
	pid_t pid;

	do
		pid = waitpid(c->pids[index], status, WNOHANG);
	while (pid == -1 && errno == EINTR);
	if (pid == 0)
		return 0;
	/* ECHILD: another part of this program has already reaped the child. */
	if (pid == -1) {
		pid = c->pids[index];
		*status = 0;
	}
	c->pids[index] = c->pids[--c->count];
	return pid;
}

pid_t
child_reap(struct children *c, int *status)
{
	siginfo_t info = { .si_pid = 0 };
	pid_t pid;
	size_t i;

	/* Usually, the child that waitid(2) reports is in this list. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
		return 0;
	for (i = 0; i < c->count; i++)
		if (c->pids[i] == info.si_pid)
			return reap_one(c, i, status);
	/*
	 * If a child that this process inherited through execve(2) has exited, waitid(2) may report only that child, so
	 * reap_one() is called for each child in the list.
	 */
	for (i = 0; i < c->count; i++)
		if ((pid = reap_one(c, i, status)) != 0)
			return pid;
	return 0;
}

void
child_signal(const struct children *c, int signal_number)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		(void)kill(c->pids[i], signal_number);
}

void
child_report(const struct activation *a, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		say(a, ACTIVATE_INFO, "process %d was killed by signal %d (%s)%s", (int)pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), WCOREDUMP(status) ? ", core dumped" : "");
	else
		say(a, ACTIVATE_INFO, "process %d exited with status %d", (int)pid, WEXITSTATUS(status));
}
