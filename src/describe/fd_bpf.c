/* SPDX-License-Identifier: ISC */
/* Descriptors of bpf(2). */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "describe/kind.h"
#include "describe/text_only.h"

/* linux/bpf.h: what of struct bpf_map_info and bpf_prog_info we want, at offsets that do not change. */
#define BPF_OBJ_GET_INFO 15
#define NAME_LENGTH	 16
#define MAP_NAME	 24
#define PROG_NAME	 64
#define INFO_SIZE	 256

/* The longest name of a type, and its NUL. */
#define TYPE_SIZE 24

static const char map_types[][TYPE_SIZE] = { "unspec", "hash", "array", "prog-array", "perf-event-array", "percpu-hash",
	"percpu-array", "stack-trace", "cgroup-array", "lru-hash", "lru-percpu-hash", "lpm-trie", "array-of-maps",
	"hash-of-maps", "devmap", "sockmap", "cpumap", "xskmap", "sockhash", "cgroup-storage", "reuseport-sockarray",
	"percpu-cgroup-storage", "queue", "stack", "sk-storage", "devmap-hash", "struct-ops", "ringbuf",
	"inode-storage", "task-storage", "bloom-filter", "user-ringbuf", "cgrp-storage", "arena", "insn-array" };

static const char prog_types[][TYPE_SIZE] = { "unspec", "socket-filter", "kprobe", "sched-cls", "sched-act",
	"tracepoint", "xdp", "perf-event", "cgroup-skb", "cgroup-sock", "lwt-in", "lwt-out", "lwt-xmit", "sock-ops",
	"sk-skb", "cgroup-device", "sk-msg", "raw-tracepoint", "cgroup-sock-addr", "lwt-seg6local", "lirc-mode2",
	"sk-reuseport", "flow-dissector", "cgroup-sysctl", "raw-tracepoint-writable", "cgroup-sockopt", "tracing",
	"struct-ops", "ext", "lsm", "sk-lookup", "syscall", "netfilter" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A line of fdinfo that is a number or a word, with its key there and here. */
struct field {
	const char *line, *key, *text;
	int base; /* 0: a word */
	bool has;
	uint64_t number;
	char word[48];
};

static void
fields_read(struct fdinfo *info, struct field *fields, size_t count)
{
	struct fdinfo_line line;
	size_t i;

	while (fdinfo_next(info, &line))
		for (i = 0; i < count; i++) {
			if (strcmp(line.key, fields[i].line) != 0)
				continue;
			fields[i].has = fields[i].base == 0 ||
			    fdinfo_number(line.value, fields[i].base, &fields[i].number);
			(void)strlcpy(fields[i].word, line.value, sizeof(fields[i].word));
		}
}

static void
fields_describe(struct emit *e, const struct field *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (fields[i].base == 0)
			emit_string(e, fields[i].key, fields[i].text, fields[i].has ? fields[i].word : NULL);
		else
			describe_number(e, fields[i].key, fields[i].text, fields[i].has, fields[i].number);
	}
}

static void
describe_type(struct emit *e, const struct field *field, const char (*names)[TYPE_SIZE], size_t count)
{
	emit_string(e, "type", ", type %", field->has && field->number < count ? names[field->number] : NULL);
	describe_number(e, "type_value", NULL, field->has, field->number);
}

/* The name that its maker gave it: only bpf(2) has it. It asks for nothing but what the descriptor stands for. */
static size_t
name_read(int fd, size_t offset, char *name)
{
	unsigned char info[INFO_SIZE];
	struct {
		uint32_t fd, length;
		uint64_t info;
	} attr = { (uint32_t)fd, sizeof(info), (uint64_t)(uintptr_t)info };

	memset(info, 0, sizeof(info));
	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO, &attr, sizeof(attr)) == -1)
		return 0;
	memcpy(name, info + offset, NAME_LENGTH);
	return strnlen(name, NAME_LENGTH);
}

static void
headline_name(struct emit *e, const struct fd_facts *f, size_t offset)
{
	char name[NAME_LENGTH];
	size_t length = name_read(f->fd, offset, name);

	if (length > 0)
		text_only_bytes(e, " ", name, length);
}

static void
headline_map(struct emit *e, const struct fd_facts *f)
{
	headline_name(e, f, MAP_NAME);
}

static void
headline_prog(struct emit *e, const struct fd_facts *f)
{
	headline_name(e, f, PROG_NAME);
}

static void
describe_name(struct emit *e, int fd, size_t offset)
{
	char name[NAME_LENGTH];
	size_t length = name_read(fd, offset, name);

	emit_bytes(e, "name", NULL, length > 0 ? name : NULL, length);
}

static void
describe_map(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct field fields[] = { { .line = "map_type", .base = 10 },
		{ .line = "map_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "key_size", .key = "key_size", .text = ", keys of % bytes", .base = 10 },
		{ .line = "value_size", .key = "value_size", .text = ", values of % bytes", .base = 10 },
		{ .line = "max_entries", .key = "max_entries", .text = ", at most % entries", .base = 10 },
		{ .line = "map_flags", .key = "flags", .base = 16 }, { .line = "memlock", .key = "memory", .base = 10 },
		{ .line = "frozen", .base = 10 } };

	fields_read(&more->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	describe_name(e, f->fd, MAP_NAME);
	describe_type(e, &fields[0], map_types, COUNT(map_types));
	fields_describe(e, fields + 1, COUNT(fields) - 2);
	if (fields[COUNT(fields) - 1].has)
		emit_bool(e, "frozen", ", frozen", fields[COUNT(fields) - 1].number != 0);
	else
		emit_null(e, "frozen");
	emit_end(e, NULL);
}

static void
describe_prog(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct field fields[] = { { .line = "prog_type", .base = 10 },
		{ .line = "prog_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "prog_tag", .key = "tag", .text = ", tag %" },
		{ .line = "memlock", .key = "memory", .base = 10 }, { .line = "run_cnt", .key = "runs", .base = 10 },
		{ .line = "run_time_ns", .key = "run_time_ns", .base = 10 }, { .line = "prog_jited", .base = 10 } };

	fields_read(&more->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	describe_name(e, f->fd, PROG_NAME);
	describe_type(e, &fields[0], prog_types, COUNT(prog_types));
	fields_describe(e, fields + 1, COUNT(fields) - 2);
	if (fields[COUNT(fields) - 1].has)
		emit_bool(e, "jited", NULL, fields[COUNT(fields) - 1].number != 0);
	else
		emit_null(e, "jited");
	emit_end(e, NULL);
}

static void
describe_link(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct field fields[] = { { .line = "link_type", .key = "type", .text = ", type %" },
		{ .line = "link_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "prog_id", .key = "prog_id", .text = ", program %", .base = 10 },
		{ .line = "prog_tag", .key = "prog_tag" } };

	fields_read(&more->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	fields_describe(e, fields, COUNT(fields));
	emit_end(e, NULL);
}

static void
describe_btf(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct field fields[] = { { .line = "btf_id", .key = "id", .text = ", id %", .base = 10 } };

	fields_read(&more->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	fields_describe(e, fields, COUNT(fields));
	emit_end(e, NULL);
}

const struct fd_kind kinds_bpf[] = {
	{ .word = "bpf-map",
	    .noun = "BPF map",
	    .link = "anon_inode:bpf-map",
	    .flags = KIND_INFO,
	    .headline = headline_map,
	    .describe = describe_map },
	{ .word = "bpf-prog",
	    .noun = "BPF program",
	    .link = "anon_inode:bpf-prog",
	    .flags = KIND_INFO,
	    .headline = headline_prog,
	    .describe = describe_prog },
	{ .word = "bpf-link",
	    .noun = "BPF link",
	    .link = "anon_inode:bpf_link",
	    .flags = KIND_INFO,
	    .describe = describe_link },
	{ .word = "btf",
	    .noun = "BPF type information",
	    .link = "anon_inode:btf",
	    .flags = KIND_INFO,
	    .describe = describe_btf },
	{ .word = "bpf-iter", .noun = "BPF iterator", .link = "anon_inode:bpf_iter" },
	{ .word = "bpf-token", .noun = "BPF token", .link = "anon_inode:bpf-token" },
	{ 0 },
};
