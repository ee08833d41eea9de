/* SPDX-License-Identifier: ISC */
/*
 * Starts a program under a tracer. The calling process executes the program, so the program keeps the parent, the
 * process group and the terminal of the calling process. The tracer is a separate process, and no other process has to
 * wait for the tracer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/pid_cache.h"
#include "watch/internal.h"

/*
 * linux/prctl.h: allows a process that is not an ancestor to trace this process even if kernel.yama.ptrace_scope is 1
 */
#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

/* Reads until LENGTH bytes were received, or until end of file. */
static bool
receive(int fd, void *to, size_t length)
{
	ssize_t n;

	while (length > 0) {
		n = read(fd, to, length);
		if (n == 0 || (n == -1 && errno != EINTR))
			return false;
		if (n > 0) {
			to = (char *)to + n;
			length -= (size_t)n;
		}
	}
	return true;
}

static bool
hand(int fd, const void *from, size_t length)
{
	/* The data is short and fits into the socket buffer, so it is written with one call. */
	return write(fd, from, length) == (ssize_t)length;
}

/* --- in the tracer */

/*
 * Closes all descriptors that the tracer shares with the program. If the tracer kept a pipe or socket of the program
 * open, a process that waits for end of file on the pipe or socket would have to wait until the tracer exits, too.
 */
static int
keep_only(int *keep, int *channel)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[2], i;

	if (null == -1)
		return -1;
	fds[0] = *keep;
	fds[1] = *channel;
	for (i = 0; i < 2; i++)
		if (fds[i] != -1 && fds[i] != STDERR_FILENO && (fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 64)) == -1)
			return -1;
	if (dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		return -1;
	/* Moves the two descriptors to 3 and 4, and closes all descriptors above 4. */
	for (i = 0; i < 2; i++)
		if (fds[i] != -1 && fds[i] != STDERR_FILENO && dup3(fds[i], 3 + i, O_CLOEXEC) == -1)
			return -1;
	if (syscall(SYS_close_range, 5U, UINT_MAX, 0U) == -1)
		for (i = (int)sysconf(_SC_OPEN_MAX); i >= 5; i--)
			(void)close(i);
	if (*keep == -1 || *keep == STDERR_FILENO)
		(void)close(3);
	else
		*keep = 3;
	*channel = 4;
	return 0;
}

static void
ignore_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)signal(SIGCHLD, SIG_DFL);
}

/* Attaches to process PID, reports the result through CHANNEL, and calls TRACER. Never returns. */
static void __attribute__((noreturn))
tracer_main(struct watch *w, pid_t pid, int channel, int keep, void (*tracer)(void *arg, int keep), void *arg)
{
	int err = 0;
	bool filtered;

	ignore_signals();
	/*
	 * The tracer creates a new session, so that signals to the program's process group, including SIGSTOP and
	 * SIGKILL, do not reach the tracer.
	 */
	(void)setsid();
	/*
	 * The tracer's working directory becomes /, so that the tracer does not prevent unmounting the program's
	 * working directory.
	 */
	if (keep_only(&keep, &channel) == -1 || chdir("/") == -1) {
		err = errno;
		(void)hand(channel, &err, sizeof(err));
		_exit(1);
	}
	if (!receive(channel, &filtered, sizeof(filtered)))
		_exit(1);
	w->filtered = filtered;
	if (attach_thread(w, pid, filtered ? PTRACE_O_TRACESECCOMP : 0) == -1)
		err = errno;
	else if (!filtered)
		(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (w->options->no_follow)
		w->only = pid;
	if (!hand(channel, &err, sizeof(err)) || err != 0)
		_exit(1);
	(void)close(channel);
	tracer(arg, keep);
	_exit(1);
}

/* --- in the process that executes the program */

/*
 * Creates the tracer as a grandchild, so that this process does not become the tracer's parent and need not reap the
 * tracer. Returns the tracer's pid, or -1 with errno.
 */
static pid_t
tracer_fork(struct watch *w, int channel[2], int keep, void (*tracer)(void *arg, int keep), void *arg)
{
	pid_t own = getpid(), middle, pid = -1;

	middle = fork();
	if (middle == 0) {
		pid = fork();
		if (pid == 0) {
			pid_cache_clear();
			(void)close(channel[0]);
			tracer_main(w, own, channel[1], keep, tracer, arg);
		}
		_exit(hand(channel[1], &pid, sizeof(pid)) ? 0 : 1);
	}
	(void)close(channel[1]);
	if (middle == -1)
		return -1;
	while (waitpid(middle, NULL, 0) == -1 && errno == EINTR)
		;
	if (!receive(channel[0], &pid, sizeof(pid)) || pid == -1) {
		errno = EAGAIN;
		return -1;
	}
	return pid;
}

int
watch_start(struct watch *w, int keep, void (*tracer)(void *arg, int keep), void *arg, struct fail *fail)
{
	int channel[2], err = 0;
	bool filtered;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == -1)
		return fail_errno(fail, "socketpair");
	if ((pid = tracer_fork(w, channel, keep, tracer, arg)) == -1) {
		(void)fail_errno(fail, "fork");
		(void)close(channel[0]);
		return -1;
	}
	(void)prctl(PR_SET_PTRACER, pid, 0, 0, 0);
	/* If the filter cannot be installed, the tracer stops the program at each system call. */
	filtered = filter_install() == 0;
	if (!hand(channel[0], &filtered, sizeof(filtered)) || !receive(channel[0], &err, sizeof(err)))
		err = EIO;
	(void)close(channel[0]);
	(void)prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	return err == 0 ? 0 : permission_fail(getpid(), err, fail);
}
