/* SPDX-License-Identifier: ISC */
/*
 * The seccomp filter of a program that this process starts. The filter stops the program only at calls that send or
 * receive messages. If the filter allows a call regardless of its arguments, the kernel caches this decision and no
 * longer runs the filter for the call.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compat.h"
#include "watch/internal.h"

#define FILTER_MAX 128

#define STOP (SECCOMP_RET_TRACE | FILTER_DATA)

/* Offset of the low 32 bits of the first argument. System call arguments of 32-bit programs have no high 32 bits. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARGUMENT_OFFSET (offsetof(struct seccomp_data, args) + 4)
#else
#define ARGUMENT_OFFSET offsetof(struct seccomp_data, args)
#endif

#define LOAD_AT(offset)	    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define LOAD(field)	    LOAD_AT(offsetof(struct seccomp_data, field))
#define RETURN(value)	    (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)
#define UNLESS(value, skip) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

/* Adds rules for socketcall(2), one for each number that abi_socketcall() maps to a message call. */
static size_t
add_socketcall(struct sock_filter *code, size_t n, uint32_t nr)
{
	uint32_t number, known[8];
	size_t count = 0, i, start = n;

	for (number = 0; number < 32 && count < 8; number++)
		if (abi_socketcall(number) != CALL_OTHER)
			known[count++] = number;
	code[n++] = UNLESS(nr, (unsigned char)(2 + 2 * count));
	code[n++] = LOAD_AT(ARGUMENT_OFFSET);
	for (i = 0; i < count; i++) {
		code[n++] = UNLESS(known[i], 1);
		code[n++] = RETURN(STOP);
	}
	code[n++] = RETURN(SECCOMP_RET_ALLOW);
	return n - start;
}

/*
 * Adds the rules for the calls of one system call interface. The rules apply only to programs of the interface's
 * architecture.
 */
static size_t
add_abi(struct sock_filter *code, size_t n, const struct abi *abi)
{
	const struct abi_call *call;
	size_t start = n;

	for (call = abi->calls; call->kind != CALL_OTHER; call++) {
		if (call->kind == CALL_SOCKETCALL) {
			n += add_socketcall(code, n, call->nr);
			continue;
		}
		code[n++] = UNLESS(call->nr, 1);
		code[n++] = RETURN(STOP);
	}
	return n - start;
}

static size_t
filter_make(struct sock_filter *code)
{
	const struct abi *abi;
	size_t n = 0, i, length;

	for (i = 0; (abi = abi_at(i)) != NULL; i++) {
		code[n++] = LOAD(arch);
		length = add_abi(code, n + 2, abi);
		/* If the architecture of the interface is unknown, the filter checks only the call numbers. */
		code[n] = abi->arch != 0 ? UNLESS(abi->arch, (unsigned char)(length + 1)) : LOAD(arch);
		code[n + 1] = LOAD(nr);
		n += 2 + length;
	}
	code[n++] = RETURN(SECCOMP_RET_ALLOW);
	return n;
}

static int
seccomp(const struct sock_fprog *program)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) == 0)
		return 0;
	/* Kernels before 4.17 do not support SECCOMP_FILTER_FLAG_SPEC_ALLOW, so the call is retried without flags. */
	return errno == EINVAL ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) : -1;
}

int
filter_install(void)
{
	struct sock_filter code[FILTER_MAX];
	struct sock_fprog program = { .len = (unsigned short)filter_make(code), .filter = code };

	if (seccomp(&program) == 0)
		return 0;
	/*
	 * Without CAP_SYS_ADMIN, a filter requires no_new_privs. Setting no_new_privs does not affect the program,
	 * because a program whose tracer has no CAP_SYS_PTRACE gains no privileges from execve(2) anyway.
	 */
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return seccomp(&program);
}
