/* SPDX-License-Identifier: ISC */
/* The filters that sandbox/generate.c has made, and how the kernel is given one. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

#include "base/compat.h"
#include "sandbox/internal.h"

bool
seccomp_here(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0UL, &action) == 0;
}

#if FDPASS_SECCOMP

/* linux/filter.h: struct sock_filter and struct sock_fprog */
struct instruction {
	uint16_t code;
	uint8_t jump_true, jump_false;
	uint32_t k;
};

struct program {
	unsigned short count;
	const struct instruction *instructions;
};

#include "sandbox/filters.h"

#endif

/* Not for an architecture that libseccomp does not know. */
#if FDPASS_SECCOMP && !defined(NO_FILTERS)

#define PROGRAM(filter) (struct program){ sizeof(filter) / sizeof((filter)[0]), filter }

bool
seccomp_built(void)
{
	return true;
}

static struct program
program_of(enum sandbox_profile profile)
{
	switch (profile) {
	case SANDBOX_SEND:
		return PROGRAM(filter_send);
	case SANDBOX_RELAY:
		return PROGRAM(filter_relay);
	case SANDBOX_SHOW:
		return PROGRAM(filter_show);
	case SANDBOX_TTY:
		return PROGRAM(filter_tty);
	case SANDBOX_RECV:
	case SANDBOX_ALL:
		break;
	}
	return PROGRAM(filter_recv);
}

bool
seccomp_enter(enum sandbox_profile profile)
{
	struct program program = program_of(profile);

	/* Nobody's code runs in here, so the processor may go on guessing; before Linux 4.17 it always does. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned long)SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0 ||
	    (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0UL, &program) == 0);
}

#else

bool
seccomp_built(void)
{
	return false;
}

bool
seccomp_enter(enum sandbox_profile profile)
{
	(void)profile;
	return false;
}

#endif
