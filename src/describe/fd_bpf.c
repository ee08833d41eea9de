/* SPDX-License-Identifier: ISC */
/* Describes descriptors that bpf(2) returns. */
#include <string.h>

#include "base/no_auto_init.h"
#include "describe/kind.h"
#include "describe/text_only.h"

/* size of the longest name of a BPF type, including the NUL byte */
#define TYPE_SIZE   24
#define ATTACH_SIZE 32

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

static const char attach_types[][ATTACH_SIZE] = { "cgroup-inet-ingress", "cgroup-inet-egress",
	"cgroup-inet-sock-create", "cgroup-sock-ops", "sk-skb-stream-parser", "sk-skb-stream-verdict", "cgroup-device",
	"sk-msg-verdict", "cgroup-inet4-bind", "cgroup-inet6-bind", "cgroup-inet4-connect", "cgroup-inet6-connect",
	"cgroup-inet4-post-bind", "cgroup-inet6-post-bind", "cgroup-udp4-sendmsg", "cgroup-udp6-sendmsg", "lirc-mode2",
	"flow-dissector", "cgroup-sysctl", "cgroup-udp4-recvmsg", "cgroup-udp6-recvmsg", "cgroup-getsockopt",
	"cgroup-setsockopt", "trace-raw-tp", "trace-fentry", "trace-fexit", "modify-return", "lsm-mac", "trace-iter",
	"cgroup-inet4-getpeername", "cgroup-inet6-getpeername", "cgroup-inet4-getsockname", "cgroup-inet6-getsockname",
	"xdp-devmap", "cgroup-inet-sock-release", "xdp-cpumap", "sk-lookup", "xdp", "sk-skb-verdict",
	"sk-reuseport-select", "sk-reuseport-select-or-migrate", "perf-event", "trace-kprobe-multi", "lsm-cgroup",
	"struct-ops", "netfilter", "tcx-ingress", "tcx-egress", "trace-uprobe-multi", "cgroup-unix-connect",
	"cgroup-unix-sendmsg", "cgroup-unix-recvmsg", "cgroup-unix-getpeername", "cgroup-unix-getsockname",
	"netkit-primary", "netkit-peer", "trace-kprobe-session", "trace-uprobe-session" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * The key of a line in fdinfo, and the key of the same value in the description. The line contains a number or a word.
 */
struct field {
	const char *line, *key, *text;
	int base; /* base of the number in the line; 0: the line contains a word */
	bool has;
	uint64_t number;
	char word[48];
};

static void
fields_read(const struct fdinfo *info, struct field *fields, size_t count)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	size_t i;

	fdinfo_begin(&line, info);
	while (fdinfo_next(&line))
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

void
headline_bpf(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	(void)f;
	if (d->as.bpf.name_length > 0)
		text_only_bytes(e, " ", d->as.bpf.name, d->as.bpf.name_length);
}

static void
describe_name(struct emit *e, const struct bpf_facts *bpf)
{
	emit_bytes(e, "name", NULL, bpf->name_length > 0 ? bpf->name : NULL, bpf->name_length);
}

void
describe_bpf_map(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	struct field fields[] = { { .line = "map_type", .base = 10 },
		{ .line = "map_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "key_size", .key = "key_size", .text = ", key size %", .base = 10 },
		{ .line = "value_size", .key = "value_size", .text = ", value size %", .base = 10 },
		{ .line = "max_entries", .key = "max_entries", .text = ", at most % entries", .base = 10 },
		{ .line = "map_flags", .key = "flags", .base = 16 }, { .line = "memlock", .key = "memory", .base = 10 },
		{ .line = "frozen", .base = 10 } };

	fields_read(&d->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	describe_name(e, &d->as.bpf);
	describe_type(e, &fields[0], map_types, COUNT(map_types));
	fields_describe(e, fields + 1, COUNT(fields) - 2);
	if (fields[COUNT(fields) - 1].has)
		emit_bool(e, "frozen", ", frozen", fields[COUNT(fields) - 1].number != 0);
	else
		emit_null(e, "frozen");
	emit_end(e, NULL);
}

void
describe_bpf_prog(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	struct field fields[] = { { .line = "prog_type", .base = 10 },
		{ .line = "prog_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "prog_tag", .key = "tag", .text = ", tag %" },
		{ .line = "memlock", .key = "memory", .base = 10 }, { .line = "run_cnt", .key = "runs", .base = 10 },
		{ .line = "run_time_ns", .key = "run_time_ns", .base = 10 }, { .line = "prog_jited", .base = 10 } };

	fields_read(&d->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	describe_name(e, &d->as.bpf);
	describe_type(e, &fields[0], prog_types, COUNT(prog_types));
	fields_describe(e, fields + 1, COUNT(fields) - 2);
	if (fields[COUNT(fields) - 1].has)
		emit_bool(e, "jited", NULL, fields[COUNT(fields) - 1].number != 0);
	else
		emit_null(e, "jited");
	emit_end(e, NULL);
}

#define LINK_ATTACH_TYPE 4 /* index of the attach type in the array of fields for a BPF link */

/* Describes the attach type of a BPF link, which fdinfo contains as a number. */
static void
describe_attach_type(struct emit *e, const struct field *field)
{
	bool named = field->has && field->number < COUNT(attach_types);

	emit_string(e, "attach_type", ", attach type %", named ? attach_types[field->number] : NULL);
	if (field->has && !named)
		text_only(e, ", attach type %s", field->word);
}

void
describe_bpf_link(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	struct field fields[] = { { .line = "link_type", .key = "type", .text = ", type %" },
		{ .line = "link_id", .key = "id", .text = ", id %", .base = 10 },
		{ .line = "prog_id", .key = "prog_id", .text = ", program %", .base = 10 },
		{ .line = "prog_tag", .key = "prog_tag" },
		{ .line = "attach_type", .key = "attach_type_value", .base = 10 },
		{ .line = "cgroup_id", .key = "cgroup_id", .text = ", to cgroup %", .base = 10 },
		{ .line = "ifindex", .key = "ifindex", .text = ", to interface %", .base = 10 },
		{ .line = "target_obj_id", .key = "target_obj_id", .base = 10 },
		{ .line = "target_btf_id", .key = "target_btf_id", .base = 10 },
		{ .line = "netns_ino", .key = "netns_inode", .text = ", to network namespace %", .base = 10 },
		{ .line = "tp_name", .key = "tracepoint", .text = ", to tracepoint %" } };
	const struct field *attach = &fields[LINK_ATTACH_TYPE];

	fields_read(&d->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	fields_describe(e, fields, LINK_ATTACH_TYPE);
	describe_attach_type(e, attach);
	fields_describe(e, attach + 1, COUNT(fields) - LINK_ATTACH_TYPE - 1);
	fields_describe(e, attach, 1);
	emit_end(e, NULL);
}

void
describe_bpf_token(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	/* The value of each fdinfo line of a BPF token is "any" or a hexadecimal bit mask. */
	struct field fields[] = { { .line = "allowed_cmds", .key = "allowed_cmds", .text = ", for commands %" },
		{ .line = "allowed_maps", .key = "allowed_maps", .text = ", maps %" },
		{ .line = "allowed_progs", .key = "allowed_progs", .text = ", programs %" },
		{ .line = "allowed_attachs", .key = "allowed_attachs", .text = ", attach types %" } };

	fields_read(&d->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	fields_describe(e, fields, COUNT(fields));
	emit_end(e, NULL);
}

void
describe_btf(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	struct field fields[] = { { .line = "btf_id", .key = "id", .text = ", id %", .base = 10 } };

	fields_read(&d->info, fields, COUNT(fields));
	emit_object(e, f->kind->word, NULL);
	fields_describe(e, fields, COUNT(fields));
	emit_end(e, NULL);
}
