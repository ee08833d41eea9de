/* SPDX-License-Identifier: ISC */
/*
 * Reference program: ref_stops PROGRAM [ARG...] starts a program, stops the program at the entry and at the exit of
 * each sendmsg(2) and recvmsg(2), and continues it without inspecting it. This is the minimum work of every tracer of
 * these calls.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECCOMP_STOP (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)

static int
start(char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 || raise(SIGSTOP) != 0)
		return 1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		return 1;
	execvp(argv[0], argv);
	return 127;
}

int
main(int argc, char **argv)
{
	int status, signal_number;
	pid_t pid = argc > 1 ? fork() : -1;

	if (pid == 0)
		_exit(start(argv + 1));
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 1;
	(void)ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	(void)ptrace(PTRACE_CONT, pid, NULL, NULL);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		signal_number = status >> 16 != 0 || WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		(void)ptrace(
		    status >> 8 == SECCOMP_STOP ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, (void *)(long)signal_number);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
