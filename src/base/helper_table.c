/* SPDX-License-Identifier: ISC */
/*
 * Moves this process to a new descriptor table if a helper hangs. A stuck helper keeps all descriptors of the table
 * that it shares with this process open. The descriptors in this table include listening sockets, and a standard output
 * whose reader waits for end of file. As soon as a helper hangs, this process moves to a table of its own. Another
 * process, the guard, remains in the previous table, and closes all descriptors there that can be closed without
 * blocking. The guard is started before a system call that may hang. If this process is killed during the call, the
 * guard closes the same descriptors.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/closer.h"
#include "base/fd_limit.h"
#include "base/filestat.h"
#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/helper_stuck.h"
#include "base/signal_mask.h"

#define GUARD_CHECK  10000000 /* interval at which the guard checks whether its parent still exists, in nanoseconds */
#define EXIT_CHECK   2000000  /* interval at which this process checks whether the guards have exited, in nanoseconds */
#define EXIT_CHECKS  50
#define PREVIOUS_MAX 64

/*
 * The states of a guard. LEFT: the parent has moved to another descriptor table. DISMISSED: the guard must exit without
 * closing descriptors.
 */
enum { WATCHING, LEFT, DISMISSED };

/* The variables are static because the descriptor table belongs to the whole process. */
static struct {
	pid_t owner;
	_Atomic uint32_t *state; /* memory shared with the guard; NULL: this process has no guard */
	pid_t guard;
	pid_t previous[PREVIOUS_MAX]; /* guards of descriptor tables that this process has left */
	size_t count;
} table;

/* Runs in the guard after the main process has left the table. Closes all descriptors whose close cannot block. */
static void __attribute__((noreturn)) close_prompt_ones(void)
{
	struct call_timeout timeout;
	int fd, size = fd_table_end();

	/*
	 * If the main process has closed its copy of a lingering socket in the meantime, the close here can block. The
	 * timer interrupts such a close.
	 */
	call_timeout_begin(&timeout);
	for (fd = 0; fd < size; fd++)
		if (!helper_copy_may_wait(fd))
			(void)close(fd);
	/* _exit(2) closes the remaining files. This implicit close may wait for the file systems. */
	_exit(0);
}

/*
 * The main function of the guard. The guard shares the descriptor table with its parent. While the parent uses the
 * table, the guard makes no system call that can hang. The guard detects the exit of its parent with getppid(2),
 * because a pidfd would occupy a number in the shared table.
 */
static void __attribute__((noreturn)) guard_main(_Atomic uint32_t *state, pid_t parent)
{
	while (atomic_load(state) == WATCHING && getppid() == parent)
		helper_futex_wait(state, WATCHING, GUARD_CHECK);
	if (atomic_load(state) == DISMISSED)
		_exit(0);
	close_prompt_ones();
}

/* Resets the variables in a forked child, because the guards belong to the parent. */
static void
own(void)
{
	if (table.owner == getpid())
		return;
	if (table.state != NULL)
		(void)munmap(table.state, sizeof(*table.state));
	memset(&table, 0, sizeof(table));
	table.owner = getpid();
}

size_t
helper_guards_reap(void)
{
	size_t i, kept = 0;

	own();
	for (i = 0; i < table.count; i++)
		if (waitpid(table.previous[i], NULL, WNOHANG | __WALL) == 0)
			table.previous[kept++] = table.previous[i];
	table.count = kept;
	return kept;
}

bool
helper_guard_start(void)
{
	int err = errno;
	sigset_t old;
	pid_t pid = -1;
	void *map;

	(void)helper_guards_reap();
	if (table.state != NULL || table.count == PREVIOUS_MAX)
		return false;
	signal_mask_block(NULL, 0, &old);
	map = mmap(NULL, sizeof(*table.state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (map != MAP_FAILED && (pid = helper_fork()) == 0)
		guard_main(map, table.owner);
	if (pid != -1) {
		table.guard = pid;
		table.state = map;
	} else if (map != MAP_FAILED) {
		(void)munmap(map, sizeof(*table.state));
	}
	signal_mask_restore(&old);
	errno = err;
	return pid != -1;
}

/*
 * Sets the state of the guard to VALUE. Afterwards, this process has no guard. Returns the pid of the previous guard.
 */
static pid_t
guard_dismiss(uint32_t value)
{
	_Atomic uint32_t *state = table.state;

	/* From here on, a signal handler must not rely on the guard. */
	table.state = NULL;
	atomic_store(state, value);
	helper_futex_wake(state);
	(void)munmap(state, sizeof(*state));
	return table.guard;
}

void
helper_guard_end(void)
{
	int err = errno;

	own();
	if (table.state == NULL || stuck_shares_table())
		return;
	(void)helper_process_reap(guard_dismiss(DISMISSED));
	errno = err;
}

bool
helper_leave_table(void)
{
	int err = errno;
	pid_t pid;

	(void)helper_guard_start();
	if (table.state == NULL || unshare(CLONE_FILES) == -1)
		return false;
	stuck_left_table();
	pid = guard_dismiss(LEFT);
	table.previous[table.count++] = pid;
	errno = err;
	return true;
}

/*
 * Waits until the guards of previous tables have exited, so that an executed command does not inherit them as children.
 */
static void
wait_for_guards(void)
{
	const struct timespec interval = { 0, EXIT_CHECK };
	int i;

	for (i = 0; helper_guards_reap() > 0 && i < EXIT_CHECKS; i++)
		(void)nanosleep(&interval, NULL);
}

int
helper_unshare_fds(struct fail *fail)
{
	helper_close_parked(true);
	helper_reap();
	if (!stuck_shares_table() || helper_leave_table()) {
		wait_for_guards();
		return 0;
	}
	return fail_errno(fail, "cannot unshare the descriptor table");
}

/*
 * Returns the lowest open descriptor that is at least FD and whose close may block even if duplicates stay open.
 * Returns -1 if there is none.
 */
static int
notified_next(int fd, int size)
{
	struct file_stat st;

	for (; fd < size; fd++)
		if (file_stat(fd, &st) == 0 && helper_copy_may_wait(fd))
			return fd;
	return -1;
}

/*
 * Called before this process exits. Closes the open descriptors that are at least FIRST and whose close may block even
 * if duplicates stay open. If some files stay open because too many closes hang, starts a guard and returns true. While
 * the guard shares the table, the exit of this process closes no file. When this process has exited, the guard closes
 * the files whose close cannot block, and then exits. The kernel closes the other files during the exit of the guard,
 * so only the guard waits for their file systems.
 */
static bool
close_notified(int first)
{
	int batch[CLOSER_BATCH_MAX];
	int fd, count = 0, size = fd_table_end();

	for (fd = notified_next(first, size); fd != -1; fd = notified_next(fd + 1, size)) {
		batch[count++] = fd;
		if (count == CLOSER_BATCH_MAX) {
			helper_close_concurrently(batch, (size_t)count);
			count = 0;
		}
	}
	if (count > 0)
		helper_close_concurrently(batch, (size_t)count);
	if (notified_next(first, size) == -1)
		return false;
	(void)helper_guard_start();
	return true;
}

void
helper_exit(void)
{
	helper_close_parked(true);
	helper_reap();
	if (stuck_count() == 0 && helper_parked() == 0)
		return;
	/*
	 * If files are still open in the shared table, this process must not leave the table: its own table would
	 * contain copies of the files, and the exit of this process would close the copies.
	 */
	if (!close_notified(0) && stuck_shares_table())
		(void)helper_leave_table();
}

void
helper_exit_signal(void)
{
	if (helper_is_under_valgrind())
		return;
	if (helper_is_working())
		(void)helper_leave_table();
	(void)close_notified(3);
}
