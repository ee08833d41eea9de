/* SPDX-License-Identifier: ISC */
/*
 * A build-time program that generates sandbox/filters.h. The generated header contains the BPF program of each profile
 * in sandbox/calls.def, for all architectures that libseccomp supports. The preprocessor selects the programs for the
 * target architecture. With these precomputed programs, fdpass does not need libseccomp at run time.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/internal.h"

#define PROGRAM_MAX 4096 /* BPF_MAXINSNS */
#define NUMBERS_MAX 1024
#define NEWER_COUNT 6	/* number of instructions that write_newer() generates */
#define NEWER	    512 /* number of call numbers after the last known one that are treated as future calls */

/* How the call arguments of an architecture differ from those of most architectures. */
enum {
	OWN_NUMBERS = 1 << 0,  /* ioctl requests and O_… flags differ from those of most architectures */
	MMAP_POINTER = 1 << 1, /* mmap has one argument, a pointer to its parameters */
	MMAP_UNUSED = 1 << 2,  /* programs use mmap2, so mmap need not be allowed */
	FLAGS_SECOND = 1 << 3, /* the flags of clone are the second argument */
	SOCKETCALL = 1 << 4    /* socketcall(2) is used for sockets, and a filter cannot read its arguments */
};

struct arch {
	uint32_t token;
	unsigned int how;
	const char *condition;
};

static const struct arch archs[] = {
	{ SCMP_ARCH_X86_64, 0, "defined(__x86_64__) && !defined(__ILP32__)" },
	{ SCMP_ARCH_X32, 0, "defined(__x86_64__)" },
	{ SCMP_ARCH_X86, MMAP_UNUSED | SOCKETCALL, "defined(__i386__)" },
	{ SCMP_ARCH_AARCH64, 0, "defined(__AARCH64EL__) && !defined(__ILP32__)" },
	{ SCMP_ARCH_ARM, 0, "defined(__ARMEL__) && defined(__ARM_EABI__)" },
#ifdef SCMP_ARCH_RISCV64
	{ SCMP_ARCH_RISCV64, 0, "defined(__riscv) && __riscv_xlen == 64" },
#endif
#ifdef SCMP_ARCH_LOONGARCH64
	{ SCMP_ARCH_LOONGARCH64, 0, "defined(__loongarch64)" },
#endif
	{ SCMP_ARCH_S390X, MMAP_POINTER | FLAGS_SECOND | SOCKETCALL, "defined(__s390x__)" },
	{ SCMP_ARCH_PPC64LE, OWN_NUMBERS | SOCKETCALL, "defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)" },
	{ SCMP_ARCH_PPC64, OWN_NUMBERS | SOCKETCALL, "defined(__powerpc64__)" },
	{ SCMP_ARCH_PPC, OWN_NUMBERS | SOCKETCALL, "defined(__powerpc__)" },
};

struct condition {
	unsigned int argument;
	uint64_t mask, value;
};

struct call {
	const char *name;
	unsigned int profiles;
	int error; /* the call fails with this errno; 0: the call is allowed */
	unsigned int condition_count;
	struct condition conditions[2]; /* all conditions must be true */
};

#define CALL(name, profiles)			       { #name, profiles, 0, 0, { { 0, 0, 0 } } },
#define CALL_IF(name, profiles, argument, mask, value) { #name, profiles, 0, 1, { { argument, mask, value } } },
#define CALL_IF_BOTH(name, profiles, argument, mask, value, argument2, mask2, value2) \
	{ #name, profiles, 0, 2, { { argument, mask, value }, { argument2, mask2, value2 } } },
#define REFUSE(name, error) { #name, SANDBOX_ALL, error, 0, { { 0, 0, 0 } } },
static const struct call calls[] = {
#include "sandbox/calls.def"
};

static const struct profile {
	const char *name;
	enum sandbox_profile profile;
} profiles[] = {
	{ "recv", SANDBOX_RECV },
	{ "send", SANDBOX_SEND },
	{ "send_file", SANDBOX_SEND_FILE },
	{ "relay", SANDBOX_RELAY },
	{ "relay_connect", SANDBOX_RELAY_CONNECT },
	{ "relay_creds", SANDBOX_RELAY_CREDS },
	{ "show", SANDBOX_SHOW },
	{ "tty", SANDBOX_TTY },
	{ "hold", SANDBOX_HOLD },
	{ "watch", SANDBOX_WATCH },
};

static void __attribute__((noreturn)) give_up(const char *what, int err)
{
	(void)fprintf(stderr, "generate: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static void
need(int rc, const char *what)
{
	if (rc < 0)
		give_up(what, rc);
}

static bool
is(const struct call *call, const char *name)
{
	return strcmp(call->name, name) == 0;
}

/* Returns true if CALL has conditions that a filter can check on ARCH. */
static bool
can_check_arguments(const struct arch *arch, const struct call *call)
{
	if ((arch->how & OWN_NUMBERS) != 0 && (is(call, "ioctl") || is(call, "open") || is(call, "openat")))
		return false;
	if ((arch->how & MMAP_POINTER) != 0 && is(call, "mmap"))
		return false;
	if ((arch->how & SOCKETCALL) != 0 && (is(call, "socket") || is(call, "socketpair")))
		return false;
	return call->condition_count > 0;
}

static void
add_call(scmp_filter_ctx filter, const struct arch *arch, const struct call *call)
{
	uint32_t action = call->error != 0 ? SCMP_ACT_ERRNO((unsigned int)call->error) : SCMP_ACT_ALLOW;
	int number = seccomp_syscall_resolve_name(call->name), rc;
	struct scmp_arg_cmp wanted[2];
	unsigned int count = can_check_arguments(arch, call) ? call->condition_count : 0, i;

	if (number == __NR_SCMP_ERROR || ((arch->how & MMAP_UNUSED) != 0 && is(call, "mmap")))
		return;
	for (i = 0; i < count; i++)
		wanted[i] = SCMP_CMP64(call->conditions[i].argument, SCMP_CMP_MASKED_EQ, call->conditions[i].mask,
		    call->conditions[i].value);
	if ((arch->how & FLAGS_SECOND) != 0 && is(call, "clone"))
		wanted[0].arg = 1;
	rc = seccomp_rule_add_array(filter, action, number, count, wanted);
	/*
	 * If the conditions of rules are omitted, several rules for the same call become identical. libseccomp refuses
	 * a duplicate rule with EEXIST.
	 */
	if (rc != -EEXIST)
		need(rc, call->name);
}

static scmp_filter_ctx
filter_make(const struct arch *arch, enum sandbox_profile profile)
{
	bool fails = profile == SANDBOX_HOLD || profile == SANDBOX_WATCH;
	uint32_t others = fails ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_KILL_PROCESS;
	scmp_filter_ctx filter = seccomp_init(others);
	size_t i;

	if (filter == NULL)
		give_up("seccomp_init", ENOMEM);
	if (arch->token != seccomp_arch_native()) {
		/*
		 * The native architecture is removed first, because all architectures of a filter must have the same
		 * byte order.
		 */
		need(seccomp_arch_remove(filter, seccomp_arch_native()), "seccomp_arch_remove");
		need(seccomp_arch_add(filter, arch->token), "seccomp_arch_add");
	}
	need(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "the other architectures");
	/*
	 * Requests a binary tree of rules instead of a list. Older versions of libseccomp do not support binary trees.
	 */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* A tracer skips a call by changing its number to -1. */
	need(seccomp_attr_set(filter, SCMP_FLTATR_API_TSKIP, 1), "the call -1");
	need(seccomp_rule_add(filter, SCMP_ACT_ALLOW, -1, 0), "the call -1");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		/* libseccomp refuses a rule that has the same effect as the default action. */
		if ((calls[i].profiles & profile) != 0 &&
		    (calls[i].error == 0 || SCMP_ACT_ERRNO((unsigned int)calls[i].error) != others))
			add_call(filter, arch, &calls[i]);
	return filter;
}

static size_t
filter_export(scmp_filter_ctx filter, struct sock_filter program[PROGRAM_MAX])
{
	FILE *file = tmpfile();
	size_t count, i;

	if (file == NULL)
		give_up("a temporary file", errno);
	need(seccomp_export_bpf(filter, fileno(file)), "seccomp_export_bpf");
	rewind(file);
	count = fread(program, sizeof(program[0]), PROGRAM_MAX, file);
	(void)fclose(file);
	/*
	 * libseccomp exports a program in the byte order of the program's architecture. The first instruction is a
	 * load, and its opcode shows whether the bytes must be swapped.
	 */
	for (i = count; i > 0 && program[0].code == 0x2000; i--) {
		program[i - 1].code = __builtin_bswap16(program[i - 1].code);
		program[i - 1].k = __builtin_bswap32(program[i - 1].k);
	}
	if (count == 0 || count == PROGRAM_MAX || program[0].code != 0x20)
		give_up("the program", EINVAL);
	return count;
}

/* Returns the highest call number that libseccomp knows for ARCH. */
static unsigned int
last_known(const struct arch *arch)
{
	unsigned int base = arch->token == SCMP_ARCH_X32 ? 0x40000000 : 0, number, last = 0;
	char *name;

	for (number = base; number < base + NUMBERS_MAX; number++) {
		name = seccomp_syscall_resolve_num_arch(arch->token, (int)number);
		if (name != NULL)
			last = number;
		free(name);
	}
	return last;
}

static void
write_instruction(unsigned int code, unsigned int jt, unsigned int jf, uint32_t k)
{
	(void)printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", code, jt, jf, k);
}

/*
 * Writes instructions that make calls newer than calls.def fail with ENOSYS, as on an older kernel. Because of the
 * ENOSYS, a C library that is newer than fdpass uses its fallback for older kernels.
 */
static void
write_newer(const struct arch *arch)
{
	unsigned int last = last_known(arch);

	write_instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	write_instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, arch->token);
	write_instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	write_instruction(BPF_JMP | BPF_JGT | BPF_K, 0, 2, last);
	write_instruction(BPF_JMP | BPF_JGT | BPF_K, 1, 0, last + NEWER);
	write_instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
}

/* Writes the filter of PROFILE for ARCH. Returns the number of instructions in the filter. */
static size_t
write_filter(const struct arch *arch, const struct profile *profile)
{
	static struct sock_filter program[PROGRAM_MAX];
	scmp_filter_ctx filter = filter_make(arch, profile->profile);
	size_t count = filter_export(filter, program), i;

	seccomp_release(filter);
	(void)printf("static const struct instruction filter_%s[] = {\n", profile->name);
	write_newer(arch);
	for (i = 0; i < count; i++)
		write_instruction(program[i].code, program[i].jt, program[i].jf, program[i].k);
	(void)printf("};\n");
	return count + NEWER_COUNT;
}

int
main(void)
{
	size_t i, j, length, longest = 0;

	(void)printf("/* Written by sandbox/generate.c. */\n");
	for (i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		(void)printf("#%sif %s\n", i > 0 ? "el" : "", archs[i].condition);
		for (j = 0; j < sizeof(profiles) / sizeof(profiles[0]); j++) {
			length = write_filter(&archs[i], &profiles[j]);
			longest = length > longest ? length : longest;
		}
	}
	(void)printf("#else\n#define NO_FILTERS\n#endif\n#define FILTER_MAX %zu\n", longest);
	if (fflush(stdout) == EOF)
		give_up("write", errno);
	return 0;
}
