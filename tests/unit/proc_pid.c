/* SPDX-License-Identifier: ISC */
/* Tests of base/proc_pid.c: reading the state, the parent and the command name of a process. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc_pid.h"

#include "tap.h"

/* Reads the parent process ID of COUNT children while the children exit. Returns the number of wrong results. */
static int
wrong_parents(int count)
{
	struct proc_stat stat;
	int i, wrong = 0;
	pid_t pid;

	/* While SIGCHLD is ignored, the kernel reaps children when they exit, so they do not become zombies. */
	(void)signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < count; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		while (pid > 0 && proc_stat_read(pid, &stat))
			wrong += stat.parent != getpid();
	}
	(void)signal(SIGCHLD, SIG_DFL);
	return wrong;
}

int
main(void)
{
	struct proc_stat stat;
	char text[9];
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_NAME, "a) Z 1 (b) Z 2", 0, 0, 0);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	(void)waitpid(pid, NULL, WUNTRACED);
	ok(proc_stat_read(pid, &stat), "the properties of a child can be read");
	is_int(proc_read(pid, "comm", text, sizeof(text)), 8, "proc_read() reads as much text as the buffer permits");
	is_str(text, "a) Z 1 (", "the text that proc_read() reads ends with a NUL byte");
	is_int(stat.state, 'T', "the state is found after a command name with parentheses");
	is_int(stat.parent, getpid(), "the parent is found after a command name with parentheses");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	is_int(proc_read(pid, "comm", text, sizeof(text)), -1, "a file of a process that has exited cannot be read");
	is_str(text, "", "after a failed proc_read(), the text is empty");
	ok(!proc_stat_read(pid, &stat), "proc_stat_read() fails for a process that has exited");
	ok(stat.state == 0 && stat.parent == 0, "after a failed proc_stat_read(), all properties are 0");
	is_int(
	    wrong_parents(200), 0, "proc_stat_read() of a process that is exiting returns the right parent or fails");
	return tap_done();
}
