/* SPDX-License-Identifier: ISC */
/*
 * Makes system calls of this process fail, by seccomp filters that its children inherit. In this way, a unit test runs
 * as on a kernel without a system call or one of its flags.
 */
#ifndef TESTS_UNIT_FAIL_CALL_H
#define TESTS_UNIT_FAIL_CALL_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

/* Installs the filter PROGRAM of LENGTH instructions. Returns false if the kernel does not support seccomp filters. */
static inline bool
fail_call_install(struct sock_filter *program, size_t length)
{
	struct sock_fprog filter = { .len = (unsigned short)length, .filter = program };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* Makes the system call NUMBER fail with ERR. */
static inline bool
fail_call(unsigned int number, int err)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return fail_call_install(program, sizeof(program) / sizeof(program[0]));
}

/*
 * Makes the system call NUMBER fail with ERR if the low 32 bits of its argument with the number ARGUMENT, which begins
 * at 0, meet the condition TEST (BPF_JEQ or BPF_JSET) for VALUE.
 */
static inline bool
fail_call_with(unsigned int number, unsigned int argument, unsigned int test, uint32_t value, int err)
{
	unsigned int low = (unsigned int)offsetof(struct seccomp_data, args) + 8 * argument +
	    (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0);
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
		BPF_JUMP(BPF_JMP | BPF_K | test, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return fail_call_install(program, sizeof(program) / sizeof(program[0]));
}

#endif
