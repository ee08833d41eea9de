/* SPDX-License-Identifier: ISC */
/* Handles the stops of threads that are traced with PTRACE_SEIZE, and continues these threads (see ptrace(2)). */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "watch/internal.h"

#define GET_SYSCALL_INFO 0x420e		  /* PTRACE_GET_SYSCALL_INFO, Linux 5.3 */
#define SET_SYSCALL_INFO 0x4212		  /* PTRACE_SET_SYSCALL_INFO, Linux 6.16 */
#define SYSCALL_STOP	 (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */
#define EVENT_STOP	 128		  /* PTRACE_EVENT_STOP */

/* Continues a stopped thread. Errors are ignored: if the thread has exited, waitpid(2) reports the exit later. */
static void
go_on(const struct watch *w, const struct tracee *tracee, int signal_number)
{
	bool at_calls = !w->filtered || tracee->inside;

	(void)ptrace(at_calls ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, NULL, (void *)(intptr_t)signal_number);
}

static bool
is_wanted(const struct watch *w, struct tracee *tracee)
{
	return !w->muted && (w->only == 0 || tracee_pid(tracee) == w->only);
}

/* Handles the entry of a system call. Returns true if the thread must also stop at the exit of the call. */
static bool
enter(struct watch *w, struct tracee *tracee, const struct call_info *info)
{
	if (!is_wanted(w, tracee)) {
		tracee->call.kind = CALL_OTHER;
		return false;
	}
	call_begin(w, tracee, info);
	return tracee->call.kind != CALL_OTHER;
}

/*
 * Handles a stop that was caused by the program's own seccomp filter (SECCOMP_RET_TRACE). Without a tracer, a call for
 * which the filter returns SECCOMP_RET_TRACE fails with ENOSYS. Therefore, this function makes the call fail with
 * ENOSYS. Returns true if the thread must also stop at the exit of the call.
 */
static bool
refuse(struct tracee *tracee, struct call_info *info)
{
	tracee->call.kind = CALL_OTHER;
	info->entry.nr = UINT64_MAX;
	tracee->refused = ptrace(SET_SYSCALL_INFO, tracee->tid, (void *)sizeof(*info), info) == 0;
	return tracee->refused;
}

static void
end_refused(struct tracee *tracee, struct call_info *info)
{
	info->exit.rval = -ENOSYS;
	info->exit.is_error = 1;
	(void)ptrace(SET_SYSCALL_INFO, tracee->tid, (void *)sizeof(*info), info);
	tracee->refused = false;
}

static void
at_call(struct watch *w, struct tracee *tracee)
{
	struct call_info info = { .op = CALL_OP_NONE };
	bool concerned;

	/*
	 * The current call neither sends nor receives messages, so this stop, at the exit of the call, needs no
	 * handling.
	 */
	if (tracee->inside && tracee->call.kind == CALL_OTHER && !tracee->refused) {
		tracee->inside = false;
		return;
	}
	if (ptrace(GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) == -1) {
		if (errno == EIO && !w->muted) {
			(void)fail_msg(&w->fail, "tracing requires PTRACE_GET_SYSCALL_INFO (Linux 5.3)");
			w->muted = true;
		}
		return;
	}
	switch (info.op) {
	case CALL_OP_ENTRY:
		(void)enter(w, tracee, &info);
		tracee->inside = true;
		break;
	case CALL_OP_SECCOMP:
		if (info.entry.ret_data != FILTER_DATA)
			concerned = refuse(tracee, &info);
		else
			concerned = enter(w, tracee, &info);
		tracee->inside = concerned;
		break;
	case CALL_OP_EXIT:
		if (tracee->refused)
			end_refused(tracee, &info);
		else if (tracee->inside && tracee->call.kind != CALL_OTHER)
			call_end(w, tracee, info.exit.rval, info.exit.is_error != 0);
		tracee->inside = false;
		tracee->call.kind = CALL_OTHER;
		break;
	default:
		break;
	}
}

/*
 * Handles execve(2). If a thread other than the first thread calls execve(2), its thread ID becomes the pid of the
 * process, and the kernel does not report the exit of the first thread.
 */
static void
at_exec(struct watch *w, struct tracee *tracee)
{
	unsigned long former = 0;
	struct tracee *old;

	tracee->uses_uring = tracee->warned_memory = false;
	capture_forget(&w->capture, tracee->tid);
	if (ptrace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &former) == -1 || (pid_t)former == tracee->tid)
		return;
	old = tracee_find(w, (pid_t)former);
	if (old == NULL)
		return;
	tracee->inside = old->inside;
	tracee->call = old->call;
	tracee_remove(w, old->tid);
}

/*
 * Adds a new thread before its first stop is reported, so that the loop waits for this thread even if its creator exits
 * first.
 */
static void
at_birth(struct watch *w, const struct tracee *tracee)
{
	unsigned long tid = 0;

	if (ptrace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &tid) == -1 || tracee_find(w, (pid_t)tid) != NULL)
		return;
	/* The thread is not added if its first stop has already been handled and the thread has exited. */
	if (process_status_number((pid_t)tid, "TracerPid:") == (long)getpid())
		(void)tracee_add(w, (pid_t)tid);
}

static bool
is_birth(int event)
{
	return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE;
}

static bool
is_stopping(int signal_number)
{
	return signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN ||
	    signal_number == SIGTTOU;
}

/*
 * Handles the first stop of a thread. If no_follow is set and the thread belongs to a child process, detaches from the
 * thread and returns false.
 */
static bool
at_start(struct watch *w, struct tracee *tracee)
{
	tracee->started = true;
	w->unstarted--;
	if (!w->options->no_follow || w->filtered || tracee->chosen || tracee_has_sibling(w, tracee))
		return true;
	(void)ptrace(PTRACE_DETACH, tracee->tid, NULL, NULL);
	tracee_remove(w, tracee->tid);
	return false;
}

void
trace_release(struct watch *w, bool all)
{
	struct tracee *tracee;
	size_t i;

	for (i = 0; i < TRACEE_BUCKETS; i++)
		for (tracee = w->tracees[i]; tracee != NULL; tracee = tracee->next)
			if (tracee->waiting && (all || tracee->is_reader || process_has_signal(tracee->tid))) {
				tracee->waiting = false;
				go_on(w, tracee, 0);
			}
}

void
trace_event(struct watch *w, pid_t tid, int status)
{
	struct tracee *tracee = tracee_find(w, tid);
	uint64_t shown = w->messages;
	int event = status >> 16, signal_number = WSTOPSIG(status);

	if (!WIFSTOPPED(status)) {
		capture_forget(&w->capture, tid);
		tracee_remove(w, tid);
		return;
	}
	if (tracee == NULL && (tracee = tracee_add(w, tid)) == NULL) {
		(void)ptrace(PTRACE_CONT, tid, NULL, NULL);
		return;
	}
	if (!tracee->started && !at_start(w, tracee))
		return;
	tracee->waiting = false;
	if (event == EVENT_STOP && is_stopping(signal_number)) {
		/* The thread stays stopped until SIGCONT, as it would if it were not traced. */
		(void)ptrace(PTRACE_LISTEN, tid, NULL, NULL);
		return;
	}
	if (signal_number == SYSCALL_STOP || event == PTRACE_EVENT_SECCOMP)
		at_call(w, tracee);
	else if (event == PTRACE_EVENT_EXEC)
		at_exec(w, tracee);
	else if (w->has_children && is_birth(event))
		at_birth(w, tracee);
	else if (event == 0 || event == EVENT_STOP)
		/* Signal stops and PTRACE_EVENT_STOP occur only outside of system calls. */
		tracee->inside = false;
	if (w->slow && w->messages > shown && !tracee->is_reader) {
		tracee->waiting = true;
		return;
	}
	go_on(w, tracee, event != 0 || signal_number == SYSCALL_STOP ? 0 : signal_number);
}
