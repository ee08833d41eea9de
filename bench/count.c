/* SPDX-License-Identifier: ISC */
/* Counts the system calls that a program makes until it executes another program. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void
become(const struct contestant *c, int in)
{
	const char *program = program_find(c);
	int null = open("/dev/null", O_WRONLY);

	(void)dup2(in, 0);
	(void)dup2(null, 1);
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	(void)execv(program, (char *const *)(const void *)c->argv);
	_exit(127);
}

long
calls_count(const struct contestant *c, int in)
{
	long stops = 0;
	int status, execs = 0;
	pid_t pid = fork();

	if (pid == 0)
		become(c, in);
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	(void)ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
	/*
	 * Each system call stops the program twice. The final execve(2) stops it only once before the exec event, at
	 * which the loop ends. The integer division below drops this half call.
	 */
	while (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid && !WIFEXITED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) && ++execs == 2)
			break;
		stops += execs == 1 && WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
	}
	if (!WIFEXITED(status))
		program_kill(pid);
	return stops / 2;
}
