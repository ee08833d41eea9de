/* SPDX-License-Identifier: ISC */
/* Creates processes that share the descriptor table of this process, and waits on and wakes futexes. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/pid_cache.h"

/* On architectures where time_t is wider than a register, SYS_futex expects a struct timespec with 32-bit members. */
#if !defined(SYS_futex)
#define FUTEX_CALL SYS_futex_time64
#elif defined(SYS_futex_time64)
#define FUTEX_CALL (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX_CALL SYS_futex
#endif
/* See linux/futex.h. FUTEX_PRIVATE_FLAG is not set, because several processes use the same futex. */
#define FUTEX_WAIT_OP 0
#define FUTEX_WAKE_OP 1

/*
 * Returns true if the program runs under valgrind, which can be detected because valgrind sets LD_PRELOAD. valgrind
 * terminates a program that calls clone(2) with CLONE_FILES.
 */
bool
helper_is_under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

pid_t
helper_fork(void)
{
	pid_t owner = getpid();
	int ignored;
	long pid;

	/*
	 * Without CLONE_VM, the child has a copy of the stack, so no separate stack is passed and clone(2) returns in
	 * both processes.
	 */
#if defined(__s390__) || defined(__CRIS__)
	pid = syscall(SYS_clone, 0L, (long)CLONE_FILES, 0L, 0L, 0L);
#else
	pid = syscall(SYS_clone, (long)CLONE_FILES, 0L, 0L, 0L, 0L);
#endif
	if (getpid() == owner)
		return (pid_t)pid;
	pid_cache_clear();
	/* If the helper hangs, it must not keep the file system of the current directory busy. */
	ignored = chdir("/");
	(void)ignored;
	return 0;
}

int
helper_process_reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, __WALL) == -1 && errno == EINTR)
		;
	return status;
}

int
helper_fork_orphan(void)
{
	int status;
	pid_t pid = helper_fork();

	if (pid == 0) {
		pid = helper_fork();
		if (pid == 0)
			return 0;
		_exit(pid == -1 ? errno : 0);
	}
	if (pid == -1)
		return -1;
	status = helper_process_reap(pid);
	if (status == 0)
		return 1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
	return -1;
}

void
helper_futex_wait(_Atomic uint32_t *word, uint32_t value, long nanoseconds)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = nanoseconds };

	(void)syscall(FUTEX_CALL, word, FUTEX_WAIT_OP, value, &ts, NULL, 0);
}

void
helper_futex_wake(_Atomic uint32_t *word)
{
	(void)syscall(FUTEX_CALL, word, FUTEX_WAKE_OP, 1, NULL, NULL, 0);
}
