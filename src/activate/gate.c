/* SPDX-License-Identifier: ISC */
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "activate/gate.h"

struct gate {
	_Atomic uint32_t open; /* number of the last child for which the gate is open */
};

/* The number of the futex(2) system call for which struct timespec has the same layout as in the C library. */
#ifdef SYS_futex_time64
#define FUTEX_CALL (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX_CALL SYS_futex
#endif

/* interval at which a waiting child checks whether its parent still exists */
static const struct timespec check_interval = { .tv_sec = 0, .tv_nsec = 100000000 };

struct gate *
gate_new(void)
{
	struct gate *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* cppcheck-suppress memleak ; the mapping is returned */
	return gate != MAP_FAILED ? gate : NULL;
}

void
gate_free(struct gate *gate)
{
	if (gate != NULL)
		(void)munmap(gate, sizeof(*gate));
}

uint32_t
gate_next(const struct gate *gate)
{
	return atomic_load(&gate->open) + 1;
}

void
gate_open(struct gate *gate, uint32_t number)
{
	atomic_store(&gate->open, number);
	(void)syscall(FUTEX_CALL, &gate->open, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void
gate_pass(struct gate *gate, uint32_t number, pid_t parent)
{
	uint32_t open;

	/* The difference is signed, so that the comparison is correct even after the counter has wrapped around. */
	while ((int32_t)((open = atomic_load(&gate->open)) - number) < 0 && getppid() == parent)
		(void)syscall(FUTEX_CALL, &gate->open, FUTEX_WAIT, open, &check_interval, NULL, 0);
}
