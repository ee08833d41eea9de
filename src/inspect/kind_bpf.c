/* SPDX-License-Identifier: ISC */
/* Descriptors that bpf(2) returns. */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inspect/kind.h"

/*
 * linux/bpf.h: the offsets of the name in struct bpf_map_info and struct bpf_prog_info, which are part of the stable
 * kernel interface.
 */
#define BPF_OBJ_GET_INFO 15
#define MAP_NAME	 24
#define PROG_NAME	 64
#define INFO_SIZE	 256

/*
 * Determines the name that the creator of the BPF object has chosen. Only the bpf(2) call returns this name, and this
 * call has no side effect.
 */
static void
read_name(struct bpf_facts *bpf, size_t offset)
{
	unsigned char info[INFO_SIZE];
	struct {
		uint32_t fd, length;
		uint64_t info;
	} attr = { (uint32_t)bpf->fd, sizeof(info), (uint64_t)(uintptr_t)info };

	memset(info, 0, sizeof(info));
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO, &attr, sizeof(attr)) == -1)
		return;
	memcpy(bpf->name, info + offset, BPF_NAME_LENGTH);
	bpf->name_length = strnlen(bpf->name, BPF_NAME_LENGTH);
}

static void
inspect_map(const struct fd_facts *f, struct fd_details *d)
{
	(void)f;
	read_name(&d->as.bpf, MAP_NAME);
}

static void
inspect_prog(const struct fd_facts *f, struct fd_details *d)
{
	(void)f;
	read_name(&d->as.bpf, PROG_NAME);
}

const struct fd_kind kinds_bpf[] = {
	{ .word = "bpf-map",
	    .noun = "BPF map",
	    .link = "anon_inode:bpf-map",
	    .flags = KIND_INFO,
	    .id = FD_BPF_MAP,
	    .inspect = inspect_map },
	{ .word = "bpf-prog",
	    .noun = "BPF program",
	    .link = "anon_inode:bpf-prog",
	    .flags = KIND_INFO,
	    .id = FD_BPF_PROG,
	    .inspect = inspect_prog },
	/*
	 * Generating the fdinfo of a BPF link needs locks of network devices and control groups. A process can hold
	 * these locks for a long time.
	 */
	{ .word = "bpf-link",
	    .noun = "BPF link",
	    .link = "anon_inode:bpf_link",
	    .flags = KIND_INFO | KIND_INFO_LOCKS,
	    .id = FD_BPF_LINK },
	{ .word = "bpf-link",
	    .noun = "BPF link",
	    .link = "anon_inode:bpf-link",
	    .flags = KIND_INFO | KIND_INFO_LOCKS,
	    .id = FD_BPF_LINK },
	{ .word = "btf", .noun = "BPF type information", .link = "anon_inode:btf", .flags = KIND_INFO, .id = FD_BTF },
	{ .word = "bpf-iter", .noun = "BPF iterator", .link = "anon_inode:bpf_iter" },
	{ .word = "bpf-stats", .noun = "BPF statistics switch", .link = "anon_inode:bpf-stats" },
	{ 0 },
};
