/* SPDX-License-Identifier: ISC */
/*
 * System call interfaces of this machine: the native one, and those of the 32-bit programs that its kernel runs. A
 * program may use several of them, so each call is looked up by the architecture that the kernel reports for it.
 */
#ifndef WATCH_ABI_H
#define WATCH_ABI_H

#include <stddef.h>
#include <stdint.h>

/* The result of PTRACE_GET_SYSCALL_INFO (linux/ptrace.h, which cannot be included along with sys/ptrace.h). */
struct call_info {
	uint8_t op; /* enum call_op */
	uint8_t pad[3];
	uint32_t arch; /* AUDIT_ARCH_… */
	uint64_t instruction_pointer;
	uint64_t stack_pointer;
	union {
		struct {
			uint64_t nr;
			uint64_t args[6];
			uint32_t ret_data; /* for CALL_OP_SECCOMP: the filter's data */
		} entry;
		struct {
			int64_t rval;
			uint8_t is_error;
		} exit;
	};
};

enum call_op { CALL_OP_NONE, CALL_OP_ENTRY, CALL_OP_EXIT, CALL_OP_SECCOMP };

enum call_kind {
	CALL_OTHER,
	CALL_SENDMSG,
	CALL_RECVMSG,
	CALL_SENDMMSG,
	CALL_RECVMMSG,
	CALL_SOCKETCALL, /* its first argument selects one of these calls */
	CALL_IO_URING_SETUP
};

struct abi_call {
	enum call_kind kind;
	uint32_t nr;
};

/* One interface. Several may share an architecture if their numbers differ (x86-64 and x32). */
struct abi {
	uint32_t arch;		      /* 0: any, if this file does not know the machine's native value */
	size_t word;		      /* bytes of a pointer, and of a size_t in struct msghdr and cmsghdr */
	const struct abi_call *calls; /* ended by CALL_OTHER */
};

/* Returns the interfaces in order, NULL after the last. The first is that of this process. */
const struct abi *abi_at(size_t index);

/*
 * Finds the interface that has a call with number NR in ARCH, and sets *KIND to the call. Returns NULL and sets *KIND
 * to CALL_OTHER if no interface has it.
 */
const struct abi *abi_find(uint32_t arch, uint64_t nr, enum call_kind *kind);

/* Returns the call that socketcall(2) makes for this first argument. */
enum call_kind abi_socketcall(uint64_t number);

/* abi_compat.c and abi_x32.c: the calls of 32-bit programs; empty on machines without them. */
extern const struct abi_call abi_compat_calls[], abi_x32_calls[];

#endif
