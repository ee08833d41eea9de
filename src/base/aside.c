/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/aside.h"
#include "base/self.h"
#include "base/together.h"

/* Where time_t outgrew the registers, the old call still takes the small one. */
#if !defined(SYS_futex)
#define FUTEX_CALL SYS_futex_time64
#elif defined(SYS_futex_time64)
#define FUTEX_CALL (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX_CALL SYS_futex
#endif
/* linux/futex.h; the words are shared between processes, so FUTEX_PRIVATE_FLAG is not set. */
#define FUTEX_WAIT_OP 0
#define FUTEX_WAKE_OP 1

#define MILLISECOND 1000000L
#define IDLE_LIMIT (20 * MILLISECOND)  /* a helper without work ends after that */
#define FIRST_LOOK (50 * MILLISECOND)  /* work that takes longer is looked at … */
#define NEXT_LOOK (10 * MILLISECOND)   /* … that often */
#define CLOSE_LOOK (10 * MILLISECOND)  /* a close that takes longer is left to the helper … */
#define CLOSE_AGAIN (1 * MILLISECOND)  /* … and so much earlier when another one hangs already */
#define LOOKS_BLIND 100		       /* and given up after so many looks if its state cannot be seen */
#define ABANDONED_ASKING 16   /* no more questions while so many hang */
#define ABANDONED_MAX 1024     /* no more closing aside */

enum state { IDLE, ASKED, DONE, QUIT, GONE, ABANDONED };

/* What aside_close() asks for. */
#define CLOSE_MAX 1024
#define CLOSE_ABANDONED UINT32_MAX
struct closing {
	_Atomic uint32_t next; /* index of the next to be closed, claimed before it is */
	uint32_t count;
	int fds[CLOSE_MAX];
};

_Static_assert(sizeof(struct closing) <= ASIDE_SIZE, "a request to close fits on the desk");

/* What is shared with a helper. */
struct desk {
	_Atomic uint32_t state;
	void (*work)(void *);
	void (*undo)(void *);
	_Alignas(16) unsigned char arg[ASIDE_SIZE];
};

static struct {
	pid_t owner; /* whose helpers these are: a fork has none; 0 as long as there never was one */
	pid_t helper;
	struct desk *desk;
	size_t abandoned_count;
} aside TOGETHER;

static pid_t abandoned[ABANDONED_MAX];

static void
futex_wait(_Atomic uint32_t *word, uint32_t value, long nanoseconds)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = nanoseconds };

	(void)syscall(FUTEX_CALL, word, FUTEX_WAIT_OP, value, &ts, NULL, 0);
}

static void
futex_wake(_Atomic uint32_t *word)
{
	(void)syscall(FUTEX_CALL, word, FUTEX_WAKE_OP, 1, NULL, NULL, 0);
}

static bool
state_change(struct desk *desk, uint32_t from, uint32_t to)
{
	return atomic_compare_exchange_strong(&desk->state, &from, to);
}

/* valgrind, which shows itself to its client there, ends a program that makes a process like a helper. */
static bool
is_under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* --- in the helper */

/* Waits for work. False if there will be none. */
static bool
helper_wait(struct desk *desk, pid_t parent)
{
	uint32_t state;

	while ((state = atomic_load(&desk->state)) != ASKED) {
		if (state != IDLE && state != DONE)
			return false;
		futex_wait(&desk->state, state, IDLE_LIMIT);
		if (atomic_load(&desk->state) != state)
			continue;
		if (getppid() != parent || state_change(desk, IDLE, GONE))
			return false;
	}
	return true;
}

static void __attribute__((noreturn))
helper_main(struct desk *desk)
{
	while (helper_wait(desk, aside.owner)) {
		desk->work(desk->arg);
		if (!state_change(desk, ASKED, DONE)) {
			if (desk->undo != NULL)
				desk->undo(desk->arg);
			break;
		}
		futex_wake(&desk->state);
	}
	_exit(0);
}

/* --- here */

pid_t
aside_fork(void)
{
	pid_t owner = getpid();
	long pid;

	/*
	 * Without a stack of its own it returns here, on a copy of ours, whatever the architecture does with the
	 * others.
	 */
#if defined(__s390__) || defined(__CRIS__)
	pid = syscall(SYS_clone, 0L, (long)CLONE_FILES, 0L, 0L, 0L);
#else
	pid = syscall(SYS_clone, (long)CLONE_FILES, 0L, 0L, 0L, 0L);
#endif
	if (getpid() == owner)
		return (pid_t)pid;
	self_forked();
	return 0;
}

static void
reap(void)
{
	size_t i, kept = 0;

	for (i = 0; i < aside.abandoned_count; i++)
		if (waitpid(abandoned[i], NULL, WNOHANG | __WALL) == 0)
			abandoned[kept++] = abandoned[i];
	aside.abandoned_count = kept;
}

/* In a fork the helpers are the parent's, and its desk with them. */
static void
own(void)
{
	if (aside.owner == 0 || aside.owner == getpid())
		return;
	if (aside.desk != NULL)
		(void)munmap(aside.desk, sizeof(*aside.desk));
	memset(&aside, 0, sizeof(aside));
}

static void
helper_collect(void)
{
	(void)waitpid(aside.helper, NULL, __WALL);
	aside.helper = 0;
}

static int
desk_make(void)
{
	if (aside.desk != NULL)
		return 0;
	aside.desk = mmap(NULL, sizeof(*aside.desk), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (aside.desk != MAP_FAILED)
		return 0;
	aside.desk = NULL;
	return -1;
}

static int
helper_start(void)
{
	sigset_t all, old;
	int err;

	aside.owner = getpid();
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	aside.helper = aside_fork();
	if (aside.helper == 0)
		helper_main(aside.desk);
	err = errno;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (aside.helper != -1)
		return 0;
	aside.helper = 0;
	errno = err;
	return -1;
}

/* Puts the work on the desk before a helper. */
static int
ask(void (*work)(void *), void (*undo)(void *), const void *arg, size_t size, size_t limit)
{
	struct desk *desk;

	reap();
	if (aside.abandoned_count >= limit) {
		errno = EBUSY;
		return -1;
	}
	if (desk_make() == -1)
		return -1;
	desk = aside.desk;
	desk->work = work;
	desk->undo = undo;
	memcpy(desk->arg, arg, size);
	if (aside.helper != 0) {
		if (state_change(desk, IDLE, ASKED)) {
			futex_wake(&desk->state);
			return 0;
		}
		helper_collect();
	}
	/* A new one finds its work there: however long it takes until it has the processor, it does not end before. */
	atomic_store(&desk->state, ASKED);
	return helper_start();
}

/* R, S, D … as /proc has it; 0 if it cannot be seen. */
static char
helper_state(void)
{
	char path[40], text[256];
	const char *end;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)aside.helper);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	end = strrchr(text, ')');
	return end != NULL && end[1] == ' ' ? end[2] : 0;
}

/* The helper, its desk and whatever it is at are left to themselves. */
static void
abandon(void)
{
	abandoned[aside.abandoned_count++] = aside.helper;
	(void)munmap(aside.desk, sizeof(*aside.desk));
	aside.desk = NULL;
	aside.helper = 0;
}

/* Waits until the work is done. A helper that has not been given the processor yet is not one that hangs. */
static bool
wait_done(void)
{
	_Atomic uint32_t *state = &aside.desk->state;
	long limit = aside.abandoned_count == 0 ? FIRST_LOOK : NEXT_LOOK;
	int asleep = 0, blind = 0;
	char seen;

	while (atomic_load(state) == ASKED) {
		futex_wait(state, ASKED, limit);
		if (atomic_load(state) != ASKED)
			break;
		limit = NEXT_LOOK;
		seen = helper_state();
		asleep = seen == 'D' || seen == 'S' ? asleep + 1 : 0;
		blind += seen == 0;
		if ((asleep >= 2 || blind >= LOOKS_BLIND) && state_change(aside.desk, ASKED, ABANDONED))
			return false;
		if (seen == 'Z' || seen == 'X')
			return false;
	}
	return true;
}

int
aside_run(void (*work)(void *arg), void (*undo)(void *arg), void *arg, size_t size)
{
	int err = errno;

	if (size > ASIDE_SIZE) {
		errno = EINVAL;
		return -1;
	}
	if (is_under_valgrind()) {
		work(arg);
		errno = err;
		return 0;
	}
	own();
	if (ask(work, undo, arg, size, ABANDONED_ASKING) == -1)
		return -1;
	if (!wait_done()) {
		abandon();
		errno = ETIMEDOUT;
		return -1;
	}
	memcpy(arg, aside.desk->arg, size);
	atomic_store(&aside.desk->state, IDLE);
	errno = err;
	return 0;
}

size_t
aside_abandoned(void)
{
	own();
	reap();
	return aside.abandoned_count;
}

bool
aside_helped(void)
{
	return aside.helper != 0 || aside.abandoned_count > 0;
}

void
aside_dismiss(void)
{
	own();
	reap();
	if (aside.helper == 0)
		return;
	if (state_change(aside.desk, IDLE, QUIT))
		futex_wake(&aside.desk->state);
	helper_collect();
}

/* --- closing */

/*
 * In the helper. Each number is claimed first: what was not claimed when the helper was abandoned is not its own any
 * more.
 */
static void
close_all(void *arg)
{
	struct closing *c = arg;
	uint32_t i = 0;

	while (i < c->count && atomic_compare_exchange_strong(&c->next, &i, i + 1)) {
		(void)close(c->fds[i]);
		i++;
	}
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/*
 * Waits for the helper to close what it was given. Returns how many it took from the list: all, or as many as up to the
 * one that hangs, whose number is free by then, because the kernel takes it from the table first.
 */
static uint32_t
wait_closed(void)
{
	struct closing *c = (struct closing *)(void *)aside.desk->arg;
	uint32_t next = atomic_load(&c->next), seen = next;
	long look = aside.abandoned_count == 0 ? CLOSE_LOOK : CLOSE_AGAIN;

	while (atomic_load(&aside.desk->state) == ASKED) {
		futex_wait(&aside.desk->state, ASKED, look);
		next = atomic_load(&c->next);
		if (atomic_load(&aside.desk->state) != ASKED)
			break;
		if (next != seen || next == 0 || is_open(c->fds[next - 1])) {
			if (helper_state() == 'Z')
				break;
			seen = next;
			continue;
		}
		if (atomic_compare_exchange_strong(&c->next, &next, CLOSE_ABANDONED)) {
			(void)state_change(aside.desk, ASKED, ABANDONED);
			return seen;
		}
	}
	return c->count;
}

/* Returns how many of FDS are taken care of; 0 if no helper can be had. */
static size_t
close_some(const int *fds, size_t n)
{
	struct closing c;
	uint32_t taken;

	if (is_under_valgrind())
		return 0;
	memset(&c, 0, offsetof(struct closing, fds));
	c.count = (uint32_t)(n < CLOSE_MAX ? n : CLOSE_MAX);
	memcpy(c.fds, fds, c.count * sizeof(fds[0]));
	if (ask(close_all, NULL, &c, offsetof(struct closing, fds) + c.count * sizeof(fds[0]), ABANDONED_MAX) == -1)
		return 0;
	taken = wait_closed();
	if (atomic_load(&aside.desk->state) == DONE)
		atomic_store(&aside.desk->state, IDLE);
	else
		abandon();
	return taken;
}

void
aside_close(const int *fds, size_t n)
{
	int err = errno;
	size_t taken;

	own();
	while (n > 0) {
		if ((taken = close_some(fds, n)) == 0) {
			(void)close(fds[0]);
			taken = 1;
		}
		fds += taken;
		n -= taken;
	}
	errno = err;
}
