/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/helper_internal.h"
#include "base/helper_stuck.h"
#include "base/hot_data.h"
#include "base/proc_pid.h"
#include "base/signal_mask.h"

#define MILLISECOND  1000000L
#define IDLE_LIMIT   (20 * MILLISECOND) /* an idle helper exits after this time without a request */
#define FIRST_CHECK  (50 * MILLISECOND) /* time after which the process state of a working helper is first checked */
#define NEXT_CHECK   (10 * MILLISECOND) /* interval of the checks after the first one */
#define SHORT_CHECK  (3 * MILLISECOND)	/* used for all checks if other helpers for the same user are stuck */
#define GUARD_AFTER  (5 * MILLISECOND)	/* if a query takes longer, a guard process is started (base/helper_table.c) */
#define BLIND_CHECKS 100 /* number of checks after which a helper with unreadable state counts as stuck */

enum state { IDLE, REQUESTED, DONE, QUIT, GONE, STUCK };

/* The memory that this process shares with one helper. */
struct request {
	_Atomic uint32_t state;
	void (*work)(void *);
	void (*undo)(void *);
	_Alignas(16) unsigned char arg[HELPER_ARG_MAX];
};

/*
 * The variables are static because helpers share the descriptor table of the whole process. Before each exit and
 * execve(2), helper_exit() or helper_unshare_fds() must be called.
 */
static struct {
	/* pid of the process that created the helpers, to detect a forked child; 0: no helper has been created */
	pid_t owner;
	pid_t helper;
	struct request *request;
	uid_t user; /* the user who sent the descriptors that are queried */
} current HOT_DATA;

static bool
state_change(struct request *request, uint32_t from, uint32_t to)
{
	return atomic_compare_exchange_strong(&request->state, &from, to);
}

/* --- functions that run in the helper */

/* Waits until the helper receives a request. Returns false if the helper must exit. */
static bool
helper_wait(struct request *request, pid_t parent)
{
	uint32_t state;

	while ((state = atomic_load(&request->state)) != REQUESTED) {
		if (state != IDLE && state != DONE)
			return false;
		helper_futex_wait(&request->state, state, IDLE_LIMIT);
		if (atomic_load(&request->state) != state)
			continue;
		if (getppid() != parent || state_change(request, IDLE, GONE))
			return false;
	}
	return true;
}

static void __attribute__((noreturn)) helper_main(struct request *request)
{
	while (helper_wait(request, current.owner)) {
		request->work(request->arg);
		if (!state_change(request, REQUESTED, DONE)) {
			if (request->undo != NULL)
				request->undo(request->arg);
			break;
		}
		helper_futex_wake(&request->state);
	}
	_exit(0);
}

/* --- functions that run in this process */

/* Resets the variables in a forked child, because the helpers and the request belong to the parent. */
static void
own(void)
{
	if (current.owner == 0 || current.owner == getpid())
		return;
	if (current.request != NULL)
		(void)munmap(current.request, sizeof(*current.request));
	memset(&current, 0, sizeof(current));
	stuck_forget();
}

static void
helper_collect(void)
{
	(void)helper_process_reap(current.helper);
	current.helper = 0;
}

static int
request_map(void)
{
	if (current.request != NULL)
		return 0;
	current.request = mmap(
	    NULL, sizeof(*current.request), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (current.request != MAP_FAILED)
		return 0;
	current.request = NULL;
	return -1;
}

static int
helper_start(void)
{
	sigset_t old;
	int err;

	current.owner = getpid();
	signal_mask_block(NULL, 0, &old);
	current.helper = helper_fork();
	if (current.helper == 0)
		helper_main(current.request);
	err = errno;
	signal_mask_restore(&old);
	if (current.helper != -1)
		return 0;
	current.helper = 0;
	errno = err;
	return -1;
}

/* Stores the work in the shared request, and starts a helper if none is idle. */
static int
submit(enum purpose purpose, void (*work)(void *), void (*undo)(void *), const void *arg, size_t size)
{
	struct request *request;

	stuck_reap();
	if (!stuck_may_add(purpose, current.user)) {
		errno = EBUSY;
		return -1;
	}
	if (request_map() == -1)
		return -1;
	request = current.request;
	request->work = work;
	request->undo = undo;
	memcpy(request->arg, arg, size);
	if (current.helper != 0) {
		if (state_change(request, IDLE, REQUESTED)) {
			helper_futex_wake(&request->state);
			return 0;
		}
		helper_collect();
	}
	/*
	 * The request must be in state REQUESTED before the new helper starts. If the scheduler starts the helper late,
	 * the helper still handles this request before it can exit for lack of requests.
	 */
	atomic_store(&request->state, REQUESTED);
	return helper_start();
}

/* Adds the current helper to the list of stuck helpers, and releases the request that this process shares with it. */
static void
abandon(enum purpose purpose)
{
	stuck_add(current.helper, purpose, current.user);
	(void)munmap(current.request, sizeof(*current.request));
	current.request = NULL;
	current.helper = 0;
	(void)helper_leave_table();
}

/*
 * Waits until the helper has completed the request. Returns false if the helper is stuck. A helper that has not been
 * scheduled yet does not count as stuck. Starts a guard, and sets *GUARDED to true, only if the helper does not answer
 * within GUARD_AFTER.
 */
static bool
wait_done(enum purpose purpose, bool *guarded)
{
	_Atomic uint32_t *state = &current.request->state;
	long next = stuck_of_user(purpose, current.user) > 0 ? SHORT_CHECK : NEXT_CHECK;
	long limit = stuck_count() == 0 ? FIRST_CHECK : next;
	int asleep = 0, blind = 0;
	struct proc_stat stat;
	char seen;

	if (atomic_load(state) == REQUESTED)
		helper_futex_wait(state, REQUESTED, GUARD_AFTER);
	if (atomic_load(state) == REQUESTED && helper_guard_start())
		*guarded = true;
	while (atomic_load(state) == REQUESTED) {
		helper_futex_wait(state, REQUESTED, limit);
		if (atomic_load(state) != REQUESTED)
			break;
		limit = next;
		(void)proc_stat_read(current.helper, &stat);
		seen = stat.state;
		/*
		 * If the helper has received a message whose descriptors use all free descriptor numbers, this process
		 * cannot open the helper's file in /proc, and the helper's state is unknown (0).
		 */
		asleep = seen == 'D' || seen == 'S' || (seen == 0 && purpose == RECEIVE) ? asleep + 1 : 0;
		blind += seen == 0;
		if ((asleep >= 2 || blind >= BLIND_CHECKS) && state_change(current.request, REQUESTED, STUCK))
			return false;
		if (seen == 'Z' || seen == 'X')
			return false;
	}
	return true;
}

static int
run(enum purpose purpose, void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size)
{
	int err = errno;
	bool guarded;

	own();
	guarded = purpose == CLOSE && helper_guard_start();
	if (submit(purpose, work, undo, arg, size) == -1) {
		if (guarded)
			helper_guard_end();
		return -1;
	}
	if (!wait_done(purpose, &guarded)) {
		abandon(purpose);
		errno = ETIMEDOUT;
		return -1;
	}
	memcpy(arg, current.request->arg, size);
	atomic_store(&current.request->state, IDLE);
	if (guarded)
		helper_guard_end();
	errno = err;
	return 0;
}

void
helper_set_user(uid_t user)
{
	current.user = user;
}

int
helper_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size)
{
	int err = errno;

	if (size > HELPER_ARG_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (helper_is_under_valgrind()) {
		work(arg);
		errno = err;
		return 0;
	}
	return run(QUERY, work, undo, arg, size);
}

/* Lets an idle helper exit, and reaps it. */
static void
helper_dismiss(void)
{
	if (current.helper == 0)
		return;
	if (state_change(current.request, IDLE, QUIT))
		helper_futex_wake(&current.request->state);
	helper_collect();
}

int
helper_run_new(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size)
{
	int err = errno;

	if (helper_is_under_valgrind()) {
		work(arg);
		errno = err;
		return 0;
	}
	own();
	helper_dismiss();
	return run(RECEIVE, work, undo, arg, size);
}

static void
close_number(void *arg)
{
	(void)close(*(const int *)arg);
}

/*
 * The kernel frees the descriptor number before close(2) can hang, so the number FD is free even if the helper hangs.
 */
int
helper_close_aside(int fd)
{
	int err = errno;
	int result = 1;

	if (run(CLOSE, close_number, NULL, &fd, sizeof(fd)) == -1)
		result = errno == ETIMEDOUT ? 0 : -1;
	errno = err;
	return result;
}

size_t
helper_stuck(void)
{
	own();
	stuck_reap();
	return stuck_count();
}

bool
helper_active(void)
{
	return current.helper != 0 || stuck_count() > 0 || helper_guards_reap() > 0 || helper_close_active() ||
	    helper_parked() > 0;
}

bool
helper_is_working(void)
{
	return current.owner == getpid() && current.request != NULL &&
	    atomic_load(&current.request->state) == REQUESTED;
}

void
helper_reap(void)
{
	helper_close_parked(false);
	helper_close_idle();
	own();
	stuck_reap();
	helper_dismiss();
	helper_guard_end();
	(void)helper_guards_reap();
}
