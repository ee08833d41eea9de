/* SPDX-License-Identifier: ISC */
/* Installs a seccomp filter that sandbox/generate.c has generated. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
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
	struct instruction *instructions;
};

#include "sandbox/filters.h"

#endif

/* Architectures that libseccomp does not support have no filters. */
#if FDPASS_SECCOMP && !defined(NO_FILTERS)

#define COUNT(filter) (sizeof(filter) / sizeof((filter)[0]))

bool
seccomp_built(void)
{
	return true;
}

/* Returns the filter of PROFILE, and stores the number of the filter's instructions in *COUNT. */
static const struct instruction *
filter_of(enum sandbox_profile profile, size_t *count)
{
	switch (profile) {
	case SANDBOX_SEND:
		*count = COUNT(filter_send);
		return filter_send;
	case SANDBOX_SEND_FILE:
		*count = COUNT(filter_send_file);
		return filter_send_file;
	case SANDBOX_RELAY:
		*count = COUNT(filter_relay);
		return filter_relay;
	case SANDBOX_RELAY_CONNECT:
		*count = COUNT(filter_relay_connect);
		return filter_relay_connect;
	case SANDBOX_RELAY_CREDS:
		*count = COUNT(filter_relay_creds);
		return filter_relay_creds;
	case SANDBOX_SHOW:
		*count = COUNT(filter_show);
		return filter_show;
	case SANDBOX_TTY:
		*count = COUNT(filter_tty);
		return filter_tty;
	case SANDBOX_HOLD:
		*count = COUNT(filter_hold);
		return filter_hold;
	case SANDBOX_WATCH:
		*count = COUNT(filter_watch);
		return filter_watch;
	case SANDBOX_RECV:
	case SANDBOX_ALL:
		break;
	}
	*count = COUNT(filter_recv);
	return filter_recv;
}

bool
seccomp_enter(enum sandbox_profile profile)
{
	size_t count, i;
	const struct instruction *filter = filter_of(profile, &count);
	struct instruction instructions[FILTER_MAX];
	struct program program = { (unsigned short)count, instructions };

	memcpy(instructions, filter, count * sizeof(filter[0]));
	for (i = 0; i < count; i++)
		if (instructions[i].k == OWN_PID)
			instructions[i].k = (uint32_t)getpid();
		else if (instructions[i].k == PARENT_PID)
			instructions[i].k = (uint32_t)getppid();
	/*
	 * SPEC_ALLOW keeps the faster speculative execution enabled, because this process runs no untrusted code. Linux
	 * before 4.17 never disables speculative execution.
	 */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned long)SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) ==
	    0 ||
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
