/* SPDX-License-Identifier: ISC */
/*
 * Tests of the properties of pidfds. The pidfds refer to a running process, a zombie and a process that was reaped; one
 * was opened with O_PATH.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/helper.h"
#include "inspect/kind.h"
#include "inspect/proc.h"
#include "inspect/process.h"
#include "fail_call.h"
#include "must.h"
#include "open_fds.h"
#include "tap.h"

static struct fd_facts facts;
static struct fd_details details;

/* Returns the properties of the pidfd FD. The result is valid until the next call of this function. */
static const struct pidfd_facts *
inspect(int fd)
{
	fd_probe(fd, &facts);
	memset(&details, 0xff, sizeof(details));
	fd_inspect(&facts, false, FDINFO_LIMIT, &details);
	fd_details_free(&details);
	return &details.as.pidfd;
}

static pid_t
start(void)
{
	int ready[2];
	pid_t pid;
	char byte = 0;

	must(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, "victim");
		must(write(ready[1], &byte, 1) == 1);
		(void)pause();
		_exit(0);
	}
	must(read(ready[0], &byte, 1) == 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

/* Checks the properties that the PIDFD_GET_INFO ioctl(2) returns. PIDFD_GET_INFO exists since Linux 6.13. */
static void
test_info(const struct pidfd_facts *p, pid_t pid)
{
	if (!p->has_info) {
		skip("the kernel does not support PIDFD_GET_INFO", "the credentials of the process");
		return;
	}
	ok(p->info.pid == (uint32_t)pid && p->info.ppid == (uint32_t)getpid(),
	    "PIDFD_GET_INFO returns the process IDs of the process and its parent");
	ok(p->info.ruid == getuid() && p->info.euid == geteuid() && p->info.rgid == getgid() &&
		p->info.egid == getegid(),
	    "PIDFD_GET_INFO returns the user and group IDs of the process");
	is_int(p->ids, ID_MAPPED, "the user and group IDs of the process are mapped");
}

static void
test_running(int pidfd, pid_t pid)
{
	const struct pidfd_facts *p = inspect(pidfd);
	char text[16];

	is_str(fd_kind_word(&facts), "pidfd", "a pidfd has the kind pidfd");
	ok(p->known && p->pid == pid, "the process ID of a running process is known");
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	ok(strncmp(p->nspid, text, strlen(text)) == 0, "the process ID in each pid namespace is known");
	ok(p->poll_known && !p->ended && !p->is_hidden && !p->has_exit,
	    "a running process is not reported as ended or hidden");
	ok(p->comm_length == 6 && memcmp(p->comm, "victim", 6) == 0, "the stored command name is that of the process");
	test_info(p, pid);
}

/*
 * Runs in a child in which PIDFD_GET_INFO fails with ERR, for example with ESRCH or EREMOTE, as if the process were not
 * in the child's pid namespace.
 */
static int
info_fails(int pidfd, pid_t pid, int err)
{
	const uint32_t request = _IOWR(0xFF, 11, struct pidfd_info);
	const struct pidfd_facts *p;
	bool hidden = err != ENOTTY;

	if (!fail_call_with(SYS_ioctl, 1, BPF_JEQ, request, err))
		return 77;
	p = inspect(pidfd);
	return p->known && !p->has_info && !p->has_exit && p->is_hidden == hidden && p->pid == (hidden ? 0 : pid) ? 0 :
														    1;
}

static void
test_hidden(int pidfd, pid_t of)
{
	static const int errors[] = { ESRCH, EREMOTE, ENOTTY };
	int status = -1;
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		pid = fork();
		if (pid == 0)
			_exit(info_fails(pidfd, of, errors[i]));
		must(waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip("seccomp is not available", "the process ID is correct after error %zu of PIDFD_GET_INFO",
			    i);
		else
			is_int(status, 0, "the process ID is correct after error %zu of PIDFD_GET_INFO", i);
	}
}

int
main(void)
{
	const struct pidfd_facts *p;
	pid_t pid = start();
	int pidfd = proc_pid_open(pid), path, before;
	char name[64];

	if (pidfd == -1) {
		skip("the kernel has no pidfds", "pidfds");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return tap_done();
	}
	test_running(pidfd, pid);
	proc_close();
	before = count_fds();
	test_running(pidfd, pid);
	proc_close();
	is_int(count_fds(), before, "all descriptors are closed again");
	test_hidden(pidfd, pid);
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", pidfd);
	path = open(name, O_PATH | O_CLOEXEC);
	if (path != -1) {
		p = inspect(path);
		ok(!p->poll_known && !p->ended && !p->has_info,
		    "for an O_PATH descriptor of a pidfd, nothing is queried");
		(void)close(path);
	} else
		skip("this kernel cannot open a pidfd with O_PATH",
		    "for an O_PATH descriptor of a pidfd, nothing is queried");
	must(kill(pid, SIGKILL) == 0);
	must(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) == 0);
	p = inspect(pidfd);
	ok(p->known && p->pid == pid && p->poll_known && p->ended,
	    "a zombie is reported as ended, with its process ID");
	must(waitpid(pid, NULL, 0) == pid);
	p = inspect(pidfd);
	ok(p->known && p->pid == -1 && p->poll_known && p->ended,
	    "a process that was reaped is reported as ended, without a process ID");
	ok(p->comm_length == 0, "a process that was reaped has no name");
	if (p->has_exit)
		is_int(p->info.exit_code, SIGKILL, "the exit status of a process that was reaped is known");
	(void)close(pidfd);
	helper_exit();
	return tap_done();
}
