/* SPDX-License-Identifier: ISC */
/* Descriptors of bpf(2). */
#include "describe/kind.h"

const struct fd_kind kinds_bpf[] = {
	{ "bpf-map", "BPF map", "anon_inode:bpf-map", NULL, KIND_INFO, NULL, NULL },
	{ "bpf-prog", "BPF program", "anon_inode:bpf-prog", NULL, KIND_INFO, NULL, NULL },
	{ "bpf-link", "BPF link", "anon_inode:bpf_link", NULL, KIND_INFO, NULL, NULL },
	{ "btf", "BPF type information", "anon_inode:btf", NULL, KIND_INFO, NULL, NULL },
	{ 0 },
};
