/* SPDX-License-Identifier: ISC */
/*
 * The system call interfaces of this machine: the native interface, and the interfaces for the 32-bit programs that the
 * kernel can run. One program can use several interfaces, so the interface is determined for each call, from the
 * architecture that the kernel reports for the call.
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
			uint32_t ret_data; /* for CALL_OP_SECCOMP: SECCOMP_RET_DATA of the filter */
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
	CALL_SOCKETCALL, /* socketcall(2), whose first argument selects one of the calls above */
	CALL_IO_URING_SETUP
};

struct abi_call {
	enum call_kind kind;
	uint32_t nr;
};

/*
 * One system call interface. Two interfaces, such as x86-64 and x32, can have the same architecture value, but
 * different call numbers.
 */
struct abi {
	/* AUDIT_ARCH_…; 0: matches any architecture, for machines whose AUDIT_ARCH value is not listed in abi.c */
	uint32_t arch;
	size_t word;		      /* bytes in a pointer, and in a size_t of struct msghdr and cmsghdr */
	const struct abi_call *calls; /* array that ends with CALL_OTHER */
};

/*
 * Returns the system call interface at INDEX, or NULL after the last interface. Index 0 is the interface of this
 * process.
 */
const struct abi *abi_at(size_t index);

/*
 * Finds the interface for architecture ARCH that defines the call number NR, and sets *KIND to the kind of the call. If
 * no interface defines NR, returns NULL and sets *KIND to CALL_OTHER.
 */
const struct abi *abi_find(uint32_t arch, uint64_t nr, enum call_kind *kind);

/* Returns the call that socketcall(2) makes if its first argument is NUMBER. */
enum call_kind abi_socketcall(uint64_t number);

/*
 * The calls of 32-bit programs, defined in abi_compat.c and abi_x32.c. The arrays are empty on architectures that
 * have no such ABI.
 */
extern const struct abi_call abi_compat_calls[], abi_x32_calls[];

#endif
