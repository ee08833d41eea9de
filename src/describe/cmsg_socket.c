/* SPDX-License-Identifier: ISC */
/*
 * Control messages of SOL_SOCKET: descriptors, credentials, timestamps, and other types that all socket families
 * support.
 */
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "inspect/message_details.h"
#include "describe/cmsg.h"
#include "describe/fd.h"
#include "describe/text_only.h"

/* The ID that represents users and groups without a mapping in the user namespace (/proc/sys/kernel/overflowuid). */
#define OVERFLOW_ID 65534

/* Returns the errno value in SLOT. SLOT must contain a negated errno instead of a descriptor. */
static int
refusal(int slot)
{
	return slot == INT_MIN ? INT_MAX : -slot;
}

static void
describe_refused(struct emit *e, const char *key, const char *before, int err)
{
	emit_object(e, key, before);
	emit_null(e, "fd");
	emit_string(e, "errno", "refused, %", name_errno(err));
	emit_i64(e, "errno_value", NULL, err);
	emit_end(e, NULL);
}

/* Describes a descriptor. NUMBER is the value that the kernel has stored in the SCM_RIGHTS control message. */
static void
describe_slot(struct emit *e, const char *key, const char *before, const struct fd_record *record, int number)
{
	const struct fd_context context = { .same = &record->same };

	if (record->facts != NULL) {
		if (key != NULL)
			emit_words(e, before);
		fd_describe(e, key, record->facts, &record->details, &context);
	} else if (number < 0) {
		describe_refused(e, key, before, refusal(number));
	} else {
		emit_object(e, key, before);
		emit_i64(e, "fd", "fd %, taken", number);
		emit_end(e, NULL);
	}
}

static void
describe_rights(struct emit *e, const struct cmsg_item *item)
{
	size_t count = item->length / sizeof(int), i;
	uint64_t number;

	text_only(e, ": %zu descriptor%s", count, count == 1 ? "" : "s");
	emit_array(e, item->type->key, "\n    ", "\n    ");
	for (i = 0; i < count; i++) {
		(void)cmsg_get(item, i * sizeof(int), sizeof(int), &number);
		describe_slot(e, NULL, NULL, message_details_fd(item->message->details, item->first_slot + i),
		    (int)(uint32_t)number);
	}
	emit_end(e, NULL);
}

static bool
note_rights(const struct cmsg_item *item, char *text, size_t size)
{
	size_t count = item->length / sizeof(int), refused = 0, i;
	const char *name = NULL;
	uint64_t number;

	for (i = 0; i < count; i++)
		if (item->message->direction != DIRECTION_SENT &&
		    cmsg_get(item, i * sizeof(int), sizeof(int), &number) && (int)(uint32_t)number < 0) {
			refused++;
			name = name_errno(refusal((int)(uint32_t)number));
		}
	if (refused == 0)
		return false;
	(void)snprintf(text, size, "%zu of %zu descriptors were refused (%s)", refused, count,
	    name != NULL ? name : "unknown error");
	return true;
}

static void
describe_pidfd(struct emit *e, const struct cmsg_item *item)
{
	uint64_t number;

	if (cmsg_get(item, 0, sizeof(int), &number))
		describe_slot(e, item->type->key, ": ", &item->message->details->pidfd, (int)(uint32_t)number);
	else
		emit_null(e, item->type->key);
}

static bool
note_pidfd(const struct cmsg_item *item, char *text, size_t size)
{
	const char *name;
	uint64_t number;
	int err;

	if (!cmsg_get(item, 0, sizeof(int), &number) || (int)(uint32_t)number >= 0)
		return false;
	err = refusal((int)(uint32_t)number);
	name = name_errno(err);
	if (name != NULL && strcmp(name, "EMFILE") == 0)
		(void)snprintf(text, size, "the pidfd was refused: EMFILE, RLIMIT_NOFILE is %llu",
		    (unsigned long long)item->message->open_file_limit);
	else
		(void)snprintf(
		    text, size, "the pidfd was refused: %s (%d)", name != NULL ? name : "unknown error", err);
	return true;
}

static const struct cmsg_field credentials_fields[] = {
	{ .key = "pid", .text = "pid %", .offset = 0, .width = 4, .form = FORM_SIGNED },
	{ .key = "uid", .text = ", uid %", .offset = 4, .width = 4 },
	{ .key = "gid", .text = ", gid %", .offset = 8, .width = 4 },
};

/* Returns true if the kernel has sent the message, because the sender's netlink address then contains port 0. */
static bool
kernel_sent(const struct message *m)
{
	struct sockaddr_nl address;
	socklen_t length;
	const struct sockaddr *from = fdpass_msg_address(m->msg, &length);

	if (m->domain != AF_NETLINK || length < sizeof(address))
		return false;
	memcpy(&address, from, sizeof(address));
	return address.nl_pid == 0;
}

/* Writes a note and returns true if the credentials look like the IDs of a sender, but are not the IDs of a sender. */
static bool
note_credentials(const struct cmsg_item *item, char *text, size_t size)
{
	const struct idmap *map = &item->message->details->idmap;
	uint64_t pid, uid, gid;

	if (!cmsg_get(item, 0, 4, &pid) || !cmsg_get(item, 4, 4, &uid) || !cmsg_get(item, 8, 4, &gid) ||
	    (pid != 0 && idmap_find(map, (uint32_t)uid, (uint32_t)gid) == ID_MAPPED) || kernel_sent(item->message))
		return false;
	if (pid != 0)
		(void)snprintf(text, size, "the sender %s no id in this user namespace",
		    idmap_find(map, (uint32_t)uid, (uint32_t)gid) == ID_UNMAPPED ? "has" : "may have");
	else if (uid == 0 && gid == 0 && item->message->nbytes == 0 && item->message->type == SOCK_STREAM)
		(void)snprintf(text, size, "no sender: the kernel makes up these credentials at the end of a stream");
	else if (uid == OVERFLOW_ID && gid == OVERFLOW_ID)
		(void)snprintf(text, size,
		    "sender unknown: the data was queued before SO_PASSCRED was set, or the sender is outside this namespace");
	else
		(void)snprintf(text, size, "the sender's process is not visible from this pid namespace");
	return true;
}

static void
describe_wifi(struct emit *e, const struct cmsg_item *item)
{
	uint64_t acked;

	if (!cmsg_get(item, 0, sizeof(int), &acked)) {
		emit_null(e, item->type->key);
		return;
	}
	emit_words(e, acked != 0 ? ": acknowledged" : ": not acknowledged");
	emit_bool(e, item->type->key, NULL, acked != 0);
}

static const struct cmsg_field pktinfo_fields[] = {
	{ .key = "ifindex", .text = "interface %", .offset = 0, .width = 4 },
	{ .key = "interface", .text = " (%)", .offset = 0, .width = 4, .form = FORM_INTERFACE },
	{ .key = "length", .text = ", length %", .offset = 4, .width = 4 },
};

static const struct cmsg_field devmem_fields[] = {
	{ .key = "frag_offset", .text = "offset %", .offset = 0, .width = 8 },
	{ .key = "frag_size", .text = ", size %", .offset = 8, .width = 4 },
	{ .key = "frag_token", .text = ", token %", .offset = 12, .width = 4 },
	{ .key = "dmabuf_id", .text = ", dma-buf %", .offset = 16, .width = 4 },
	{ .key = "flags", .text = ", flags %", .offset = 20, .width = 4 },
};

/* The types that occur most often are in the first rows. */
/* clang-format off */
static const struct cmsg_type socket_types[] = {
	{ .type = SCM_RIGHTS, .name = "SCM_RIGHTS", .key = "fds", .describe = describe_rights, .note = note_rights },
	{ .type = SCM_CREDENTIALS, .name = "SCM_CREDENTIALS", .key = "credentials",
	    CMSG_FIELDS(credentials_fields), .note = note_credentials },
	{ .type = SCM_SECURITY, .name = "SCM_SECURITY", .key = "security", .describe = cmsg_describe_bytes },
	{ .type = SCM_PIDFD, .name = "SCM_PIDFD", .key = "pidfd", .describe = describe_pidfd,
	    .note = note_pidfd },
	{ .type = SO_INQ, .name = "SCM_INQ", .key = "inq", CMSG_FIELDS(cmsg_field_int) },
	{ .type = SO_TIMESTAMP_OLD, .name = "SCM_TIMESTAMP", .key = "timestamp",
	    .describe = cmsg_describe_time },
	{ .type = SO_TIMESTAMPNS_OLD, .name = "SCM_TIMESTAMPNS", .key = "timestamp",
	    .describe = cmsg_describe_time },
	{ .type = SO_TIMESTAMPING_OLD, .name = "SCM_TIMESTAMPING", .key = "timestamping",
	    .describe = cmsg_describe_timestamping },
	{ .type = SO_TIMESTAMP_NEW, .name = "SO_TIMESTAMP_NEW", .key = "timestamp",
	    .describe = cmsg_describe_time },
	{ .type = SO_TIMESTAMPNS_NEW, .name = "SO_TIMESTAMPNS_NEW", .key = "timestamp",
	    .describe = cmsg_describe_time },
	{ .type = SO_TIMESTAMPING_NEW, .name = "SO_TIMESTAMPING_NEW", .key = "timestamping",
	    .describe = cmsg_describe_timestamping },
	{ .type = SO_RXQ_OVFL, .name = "SO_RXQ_OVFL", .key = "rxq_ovfl", CMSG_FIELDS(cmsg_field_u32) },
	{ .type = SO_MARK, .name = "SO_MARK", .key = "mark", CMSG_FIELDS(cmsg_field_u32) },
	{ .type = SO_PRIORITY, .name = "SO_PRIORITY", .key = "priority", CMSG_FIELDS(cmsg_field_u32) },
	{ .type = SO_WIFI_STATUS, .name = "SCM_WIFI_STATUS", .key = "wifi_acked", .describe = describe_wifi },
	{ .type = SCM_TIMESTAMPING_OPT_STATS, .name = "SCM_TIMESTAMPING_OPT_STATS", .key = "stats",
	    .describe = cmsg_describe_stats },
	{ .type = SCM_TIMESTAMPING_PKTINFO, .name = "SCM_TIMESTAMPING_PKTINFO", .key = "pktinfo",
	    CMSG_FIELDS(pktinfo_fields) },
	{ .type = SO_DEVMEM_LINEAR, .name = "SCM_DEVMEM_LINEAR", .key = "devmem",
	    CMSG_FIELDS(devmem_fields) },
	{ .type = SO_DEVMEM_DMABUF, .name = "SCM_DEVMEM_DMABUF", .key = "devmem",
	    CMSG_FIELDS(devmem_fields) },
	{ .type = SO_TXTIME, .name = "SCM_TXTIME", .key = "txtime", CMSG_FIELDS(cmsg_field_u64) },
	{ .type = SCM_TS_OPT_ID, .name = "SCM_TS_OPT_ID", .key = "ts_opt_id",
	    CMSG_FIELDS(cmsg_field_u32) },
};
/* clang-format on */

const struct cmsg_level cmsg_levels_socket[] = {
	CMSG_LEVEL(SOL_SOCKET, AF_UNSPEC, "SOL_SOCKET", socket_types),
	{ .name = NULL },
};
