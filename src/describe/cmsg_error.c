/* SPDX-License-Identifier: ISC */
/*
 * Describes extended errors: network errors, and other messages in error queues, such as timestamps, zero-copy
 * completions and missed transmit times.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "describe/cmsg.h"
#include "describe/text_only.h"

enum { ORIGIN_LOCAL = 1, ORIGIN_ICMP, ORIGIN_ICMP6, ORIGIN_TIMESTAMPING, ORIGIN_ZEROCOPY, ORIGIN_TXTIME };

#define EXTENDED_ERROR_SIZE	  16
#define CODE_ZEROCOPY_COPIED	  1
#define ICMP_UNREACHABLE	  3
#define ICMP_FRAGMENTATION_NEEDED 4
#define ICMP6_PACKET_TOO_BIG	  2

/* the members of struct sock_extended_err */
struct extended_error {
	uint64_t err, origin, type, code, info, data;
};

static const struct cmsg_field fields[] = {
	{ .key = "origin", .text = "%", .offset = 4, .width = 1, .form = FORM_NAME, .names = &names_origin },
	{ .key = "origin_value", .offset = 4, .width = 1 },
	{ .key = "errno", .text = ", %", .offset = 0, .width = 4, .form = FORM_NAME, .names = &names_errno },
	{ .key = "errno_value", .offset = 0, .width = 4 },
	{ .key = "type", .offset = 5, .width = 1 },
	{ .key = "code", .offset = 6, .width = 1 },
	{ .key = "info", .offset = 8, .width = 4 },
	{ .key = "data", .offset = 12, .width = 4 },
};

static void
describe_icmp(struct emit *e, const struct extended_error *err)
{
	bool ipv6 = err->origin == ORIGIN_ICMP6;
	const char *type = name_icmp_type(ipv6, (unsigned int)err->type);
	const char *code = name_icmp_code(ipv6, (unsigned int)err->type, (unsigned int)err->code);
	char words[96];

	if (err->origin != ORIGIN_ICMP && err->origin != ORIGIN_ICMP6) {
		emit_null(e, "icmp");
		return;
	}
	if (type == NULL)
		text_only(e, ", type %u, code %u", (unsigned int)err->type, (unsigned int)err->code);
	else
		(void)snprintf(
		    words, sizeof(words), "%s%s%s", type, code != NULL ? ": " : "", code != NULL ? code : "");
	emit_string(e, "icmp", ", %", type != NULL ? words : NULL);
}

static void
describe_mtu(struct emit *e, const struct extended_error *err)
{
	bool icmp = err->origin == ORIGIN_ICMP && err->type == ICMP_UNREACHABLE &&
	    err->code == ICMP_FRAGMENTATION_NEEDED;
	bool icmp6 = err->origin == ORIGIN_ICMP6 && err->type == ICMP6_PACKET_TOO_BIG;

	if (err->err == EMSGSIZE || icmp || icmp6)
		emit_u64(e, "mtu", ", MTU %", err->info);
	else
		emit_null(e, "mtu");
}

static void
describe_timestamp(struct emit *e, const struct extended_error *err)
{
	if (err->origin != ORIGIN_TIMESTAMPING) {
		emit_null(e, "timestamp");
		emit_null(e, "id");
		return;
	}
	emit_string(e, "timestamp", ", %", name_of(&names_tstamp, (int64_t)err->info));
	emit_u64(e, "id", ", id %", err->data);
}

/* Describes which zero-copy send calls have completed, as a range of their numbers. The numbers wrap around at 2^32. */
static void
describe_zerocopy(struct emit *e, const struct extended_error *err)
{
	if (err->origin != ORIGIN_ZEROCOPY) {
		emit_null(e, "zerocopy");
		return;
	}
	emit_object(e, "zerocopy", ", ");
	emit_u64(e, "first", "calls % to ", err->info);
	emit_u64(e, "last", "% completed", err->data);
	emit_bool(e, "copied", ", but copied", err->code & CODE_ZEROCOPY_COPIED);
	emit_end(e, NULL);
}

static void
describe_txtime(struct emit *e, const struct extended_error *err)
{
	if (err->origin != ORIGIN_TXTIME) {
		emit_null(e, "txtime");
		return;
	}
	emit_object(e, "txtime", ", ");
	emit_string(e, "reason", "%, ", name_of(&names_txtime, (int64_t)err->code));
	emit_u64(e, "nanoseconds", "at % ns", err->data << 32 | err->info);
	emit_end(e, NULL);
}

void
cmsg_describe_error(struct emit *e, const struct cmsg_item *item, size_t size)
{
	static const char *const derived[] = { "icmp", "mtu", "timestamp", "id", "zerocopy", "txtime" };
	struct extended_error err = { 0, 0, 0, 0, 0, 0 };
	size_t i;

	emit_object(e, item->type->key, ": ");
	cmsg_describe_members(e, item, fields, CMSG_COUNT(fields));
	if (item->length >= EXTENDED_ERROR_SIZE) {
		err.err = cmsg_number(item->data, 4);
		err.origin = item->data[4];
		err.type = item->data[5];
		err.code = item->data[6];
		err.info = cmsg_number(item->data + 8, 4);
		err.data = cmsg_number(item->data + 12, 4);
		describe_icmp(e, &err);
		describe_mtu(e, &err);
		describe_timestamp(e, &err);
		describe_zerocopy(e, &err);
		describe_txtime(e, &err);
	} else {
		for (i = 0; i < CMSG_COUNT(derived); i++)
			emit_null(e, derived[i]);
	}
	if (size > 0)
		cmsg_describe_address(e, "offender", ", reported by ", item, EXTENDED_ERROR_SIZE, size);
	else
		emit_null(e, "offender");
	emit_end(e, NULL);
}

void
cmsg_describe_plain_error(struct emit *e, const struct cmsg_item *item)
{
	cmsg_describe_error(e, item, 0);
}
