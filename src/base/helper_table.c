/* SPDX-License-Identifier: ISC */
/*
 * Leaving the descriptor table. A helper that hangs keeps the table that it shares, and with it our standard output,
 * for whose end a reader waits, and our listening sockets. So this process moves to a table of its own as soon as a
 * helper hangs, and another process, which remains in the previous table, closes everything there whose close cannot
 * block.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/fd_limit.h"
#include "base/filestat.h"
#include "base/closer.h"
#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/helper_stuck.h"

#define LIKELY	     1024      /* number of descriptors that are closed without /proc */
#define LEAVE_CHECK  500000000 /* nanoseconds */
#define LEAVE_CHECKS 20	       /* number of checks whether the main process has left the table */

/* Static, because the table belongs to the process. */
static struct {
	_Atomic uint32_t *left; /* number of tables that this process has left, shared with the processes in them */
	pid_t owner;
} table;

static int
size_of_table(void)
{
	size_t size = fd_table_size();

	return size > 0 && size <= INT_MAX ? (int)size : LIKELY;
}

/* In a process that shares the table that the main process has left: closes all files whose close cannot block. */
static void __attribute__((noreturn)) close_prompt_ones(void)
{
	struct call_timeout timeout;
	int fd, size = size_of_table();

	/* The timer interrupts the close of a lingering socket if the main process has closed its copy meanwhile. */
	call_timeout_begin(&timeout);
	for (fd = 0; fd < size; fd++)
		if (!helper_copy_may_wait(fd))
			(void)close(fd);
	/* The exit may wait for the others. */
	_exit(0);
}

/* Waits until the main process has left the table for the NUMBERth time. */
static void __attribute__((noreturn)) close_when_left(uint32_t number)
{
	uint32_t left;
	int i;

	/* It may have been killed. */
	for (i = 0; (left = atomic_load(table.left)) < number && i < LEAVE_CHECKS; i++)
		helper_futex_wait(table.left, left, LEAVE_CHECK);
	if (left < number)
		_exit(1);
	close_prompt_ones();
}

static bool
counter_map(void)
{
	void *map;

	if (table.owner == getpid())
		return true;
	map = mmap(NULL, sizeof(*table.left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return false;
	table.left = map;
	table.owner = getpid();
	return true;
}

bool
helper_leave_table(void)
{
	int err = errno, made;
	sigset_t all, old;
	uint32_t number;

	if (!counter_map())
		return false;
	number = atomic_load(table.left) + 1;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	made = helper_fork_orphan();
	if (made == 0)
		close_when_left(number);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (made == -1 || unshare(CLONE_FILES) == -1)
		return false;
	stuck_left_table();
	atomic_store(table.left, number);
	helper_futex_wake(table.left);
	errno = err;
	return true;
}

int
helper_unshare_fds(struct fail *fail)
{
	helper_close_parked(true);
	helper_reap();
	if (!stuck_shares_table() || helper_leave_table())
		return 0;
	return fail_errno(fail, "cannot unshare the descriptor table");
}

/* Closes the open files above FIRST - 1 whose close may block even if copies remain open. */
static void
close_notified(int first)
{
	int batch[CLOSER_BATCH_MAX];
	struct file_stat st;
	int fd, count = 0, size = size_of_table();

	for (fd = first; fd < size; fd++) {
		if (file_stat(fd, &st) == -1 || !helper_copy_may_wait(fd))
			continue;
		batch[count++] = fd;
		if (count == CLOSER_BATCH_MAX) {
			helper_close_concurrently(batch, (size_t)count);
			count = 0;
		}
	}
	if (count > 0)
		helper_close_concurrently(batch, (size_t)count);
}

void
helper_exit(void)
{
	helper_close_parked(true);
	helper_reap();
	if (stuck_count() == 0 && helper_parked() == 0)
		return;
	close_notified(0);
	if (stuck_shares_table())
		(void)helper_leave_table();
}

void
helper_exit_signal(void)
{
	if (!helper_is_under_valgrind())
		close_notified(3);
}
