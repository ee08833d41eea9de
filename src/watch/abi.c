/* SPDX-License-Identifier: ISC */
#include <linux/audit.h>
#include <linux/net.h>
#include <sys/syscall.h>

#include "watch/abi.h"

#if defined(__x86_64__)
#define ARCH_OWN    AUDIT_ARCH_X86_64
#define ARCH_COMPAT AUDIT_ARCH_I386
#elif defined(__i386__)
#define ARCH_OWN AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCH_OWN    AUDIT_ARCH_AARCH64
#define ARCH_COMPAT AUDIT_ARCH_ARM
#elif defined(__arm__)
#define ARCH_OWN AUDIT_ARCH_ARM
#elif defined(__s390x__)
#define ARCH_OWN    AUDIT_ARCH_S390X
#define ARCH_COMPAT AUDIT_ARCH_S390
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH_OWN AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define ARCH_OWN    AUDIT_ARCH_PPC64
#define ARCH_COMPAT AUDIT_ARCH_PPC
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_OWN AUDIT_ARCH_RISCV64
#else
#define ARCH_OWN 0
#endif

static const struct abi_call own_calls[] = {
#include "watch/abi_calls.def"
};

static const struct abi abis[] = {
	{ ARCH_OWN, sizeof(long), own_calls },
#ifdef ARCH_COMPAT
	{ ARCH_COMPAT, 4, abi_compat_calls },
#endif
#if defined(__x86_64__)
	{ ARCH_OWN, 4, abi_x32_calls },
#endif
};

const struct abi *
abi_at(size_t index)
{
	return index < sizeof(abis) / sizeof(abis[0]) ? &abis[index] : NULL;
}

const struct abi *
abi_find(uint32_t arch, uint64_t nr, enum call_kind *kind)
{
	const struct abi_call *call;
	const struct abi *abi;
	size_t i;

	for (i = 0; (abi = abi_at(i)) != NULL; i++) {
		if (abi->arch != 0 && abi->arch != arch)
			continue;
		for (call = abi->calls; call->kind != CALL_OTHER; call++)
			if (call->nr == nr) {
				*kind = call->kind;
				return abi;
			}
	}
	*kind = CALL_OTHER;
	return NULL;
}

enum call_kind
abi_socketcall(uint64_t number)
{
	switch (number) {
	case SYS_SENDMSG:
		return CALL_SENDMSG;
	case SYS_RECVMSG:
		return CALL_RECVMSG;
	case SYS_SENDMMSG:
		return CALL_SENDMMSG;
	case SYS_RECVMMSG:
		return CALL_RECVMMSG;
	default:
		return CALL_OTHER;
	}
}
