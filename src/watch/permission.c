/* SPDX-License-Identifier: ISC */
/*
 * Determines why a process cannot be traced. Finding the reason needs several checks, because the kernel returns EPERM
 * in nearly all cases.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/proc_pid.h"
#include "inspect/process.h"
#include "watch/internal.h"

/* Returns kernel.yama.ptrace_scope, or 0 if this sysctl does not exist. */
static int
ptrace_scope(void)
{
	char text = '0';
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (read(fd, &text, 1) != 1)
		text = '0';
	(void)close(fd);
	return text >= '0' && text <= '9' ? text - '0' : 0;
}

static int
already_traced(pid_t pid, long tracer, struct fail *fail)
{
	char comm[PROC_COMM_SIZE];

	proc_pid_comm((pid_t)tracer, comm);
	return fail_msg(fail, "process %d is already traced by process %ld (%s)", (int)pid, tracer, comm);
}

int
permission_fail(pid_t pid, int err, struct fail *fail)
{
	struct proc_stat stat;
	long tracer = process_status_number(pid, "TracerPid:"), uid = process_status_number(pid, "Uid:");
	int scope = ptrace_scope();

	if (!proc_stat_read(pid, &stat) || err == ESRCH)
		return fail_msg(fail, "process %d: no such process", (int)pid);
	if (stat.state == 'Z' || stat.state == 'X')
		return fail_msg(fail, "process %d: has already exited (zombie)", (int)pid);
	if (err != EPERM && err != EACCES) {
		errno = err;
		return fail_errno(fail, "process %d: cannot attach", (int)pid);
	}
	if (tracer > 0)
		return already_traced(pid, tracer, fail);
	if (process_status_number(pid, "Kthread:") == 1)
		return fail_msg(fail, "process %d: cannot be traced: it is a kernel thread", (int)pid);
	if (scope == 3)
		return fail_msg(fail,
		    "process %d: cannot be traced: kernel.yama.ptrace_scope is 3, which forbids "
		    "all tracing",
		    (int)pid);
	if (geteuid() != 0 && uid != (long)getuid())
		return fail_msg(fail,
		    "process %d: cannot be traced: it belongs to uid %ld; tracing it needs "
		    "CAP_SYS_PTRACE",
		    (int)pid, uid);
	if (scope > 0)
		return fail_msg(fail,
		    "process %d: cannot be traced: kernel.yama.ptrace_scope is %d; attaching needs "
		    "CAP_SYS_PTRACE",
		    (int)pid, scope);
	if (pid == getpid())
		return fail_msg(fail, "process %d: cannot be traced (a seccomp filter may forbid ptrace)", (int)pid);
	return fail_msg(fail,
	    "process %d: cannot be traced: it is not dumpable, has more privileges, or is in "
	    "another user namespace; tracing it needs CAP_SYS_PTRACE in its user namespace",
	    (int)pid);
}
