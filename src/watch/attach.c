/* SPDX-License-Identifier: ISC */
/* Attaches to a running process. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/proc_pid.h"
#include "watch/internal.h"

/* PTRACE_O_EXITKILL is not set, so the programs continue after the tracer exits. */
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
#define FOLLOW	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)

#define SETTLE_STEP  (1 * 1000000L)
#define SETTLE_STEPS 1000

int
attach_thread(struct watch *w, pid_t tid, unsigned long more)
{
	unsigned long options = OPTIONS | more | (w->options->no_follow && !w->filtered ? 0 : FOLLOW);
	struct tracee *tracee;

	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)options) == -1)
		return -1;
	if ((tracee = tracee_add(w, tid)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	tracee->chosen = true;
	return 0;
}

/*
 * Called after attaching to thread TID has failed. Returns true if no thread of the process can be traced. Returns
 * false if only this thread has exited, because the first thread of a process can exit before the others. Also returns
 * false if this process already traces the thread because a traced thread has created it.
 */
static bool
is_refused(struct watch *w, pid_t pid, pid_t tid, int err)
{
	struct proc_stat stat;
	char state;

	(void)proc_stat_read(tid, &stat);
	state = stat.state;
	if (tid == pid && w->tracee_count == 0 && state != 'Z')
		return true;
	return err != ESRCH && state != 'Z' && state != 'X' && state != 0 &&
	    process_status_number(tid, "TracerPid:") != (long)getpid();
}

/*
 * Attaches to those threads in the directory THREADS (/proc/PID/task) that are not traced yet. Returns the number of
 * new tracees, or -1.
 */
static int
attach_listed(struct watch *w, pid_t pid, DIR *threads, struct fail *fail)
{
	struct dirent *entry;
	int count = 0, err;
	pid_t tid;

	rewinddir(threads);
	while ((entry = readdir(threads)) != NULL) {
		tid = (pid_t)atoi(entry->d_name);
		if (tid <= 0 || tracee_find(w, tid) != NULL)
			continue;
		if (attach_thread(w, tid, 0) == 0) {
			(void)ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
			count++;
			continue;
		}
		err = errno;
		if (!is_refused(w, pid, tid, err))
			continue;
		return permission_fail(pid, err, fail);
	}
	return count;
}

/*
 * Returns true if this process has children. A program that executes fdpass with execve(2) can leave its own children
 * to fdpass.
 */
static bool
has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

int
watch_attach(struct watch *w, pid_t pid, struct fail *fail)
{
	char path[48];
	pid_t process = process_of_thread(pid);
	DIR *threads;
	size_t before = w->tracee_count;
	struct tracee *tracee;
	int count;

	if (w->tracee_count == 0)
		w->has_children = has_children();
	if (pid == getpid())
		return fail_msg(fail, "process %d: cannot be traced: it is this fdpass process", (int)pid);
	if (process != 0 && process != pid)
		return fail_msg(
		    fail, "process %d: not a process ID, but a thread of process %d", (int)pid, (int)process);
	if (tracee_find(w, pid) != NULL)
		return fail_msg(fail, "process %d: specified twice", (int)pid);
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT ? permission_fail(pid, ESRCH, fail) :
					 fail_errno(fail, "process %d: cannot read directory %s", (int)pid, path);
	/* Threads can create other threads during a pass, so passes are repeated until one finds no new thread. */
	do {
		count = attach_listed(w, pid, threads, fail);
	} while (count > 0);
	(void)closedir(threads);
	if (count == 0 && w->tracee_count == before)
		return permission_fail(pid, EPERM, fail);
	if (count == 0 && (tracee = tracee_find(w, pid)) != NULL && process_has_uring(pid))
		call_warn_uring(w, tracee);
	return count;
}

void
watch_settle(struct watch *w)
{
	const struct timespec step = { .tv_sec = 0, .tv_nsec = SETTLE_STEP };
	int status, steps = 0;
	pid_t tid;

	/* A thread in uninterruptible sleep reports its first stop only after the sleep has ended. */
	while (w->unstarted > 0 && steps < SETTLE_STEPS) {
		tid = waitpid(-1, &status, __WALL | WNOHANG);
		if (tid > 0) {
			trace_event(w, tid, status);
		} else {
			(void)nanosleep(&step, NULL);
			steps++;
		}
	}
}
