/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "base/rfc3339.h"
#include "describe/cmsg.h"
#include "describe/message.h"
#include "describe/origin.h"
#include "describe/problems.h"
#include "describe/text_only.h"
#include "describe/sockaddr.h"

static void
describe_time(struct emit *e, const struct message *m)
{
	char text[RFC3339_SIZE];

	emit_string(e, "time", NULL, rfc3339_format(text, m->time.tv_sec, m->time.tv_nsec, 6));
}

static void
describe_headline(struct emit *e, const struct message *m)
{
	static const char *const directions[] = { NULL, "in", "out", "sent", "received" };
	static const char *const words[] = { NULL, ", client to server", ", server to client", " sent", " received" };
	size_t descriptors = fdpass_msg_fd_count(m->msg);

	emit_u64(e, "message", EMIT_STRONG "message %" EMIT_PLAIN, m->number);
	if (m->origin != NULL)
		emit_null(e, "connection");
	else
		emit_u64(e, "connection",
		    m->connection > 1 || m->direction != DIRECTION_NONE ? " on connection %" : NULL, m->connection);
	if (m->direction != DIRECTION_NONE)
		emit_string(e, "direction", words[m->direction], directions[m->direction]);
	if (m->origin != NULL)
		origin_describe_headline(e, m->origin);
	describe_time(e, m);
	if (m->origin != NULL && m->origin->error != 0)
		emit_null(e, "nbytes");
	else
		emit_i64(e, "nbytes", m->nbytes == 1 ? ": % byte" : ": % bytes", m->nbytes);
	if (descriptors > 0)
		text_only(e, ", %zu descriptor%s", descriptors, descriptors == 1 ? "" : "s");
	if (m->end_of_file)
		emit_words(e, ", end of file");
}

/* Emits the data in each buffer: as strings, or as base64 if BASE64 is true. */
static void
describe_buffers(struct emit *e, const struct message *m, size_t valid, bool base64)
{
	size_t i, n;

	emit_array(e, base64 ? "buffers_base64" : "buffers", base64 ? NULL : "\n  buffers ", ", ");
	for (i = 0; i < m->buffer_count; i++) {
		n = m->buffers[i].iov_len < valid ? m->buffers[i].iov_len : valid;
		valid -= n;
		/*
		 * The address of an empty buffer can be NULL. For NULL, the emit functions would emit null instead of
		 * an empty string.
		 */
		if (base64)
			emit_base64(e, n > 0 ? m->buffers[i].iov_base : "", n);
		else
			emit_bytes(e, NULL, "%", n > 0 ? m->buffers[i].iov_base : "", n);
	}
	emit_end(e, NULL);
}

/*
 * Returns the number of data bytes to describe, at most m->max_data. If the limit would split a UTF-8 character, omits
 * this character, because data with an incomplete character would be described as base64.
 */
static size_t
data_length(const struct message *m)
{
	const unsigned char *data;
	size_t length = m->max_data, steps;

	if (!m->limit_data || m->valid <= length)
		return m->valid;
	if (m->scattered || length == 0)
		return length;
	data = m->buffers[0].iov_base;
	for (steps = 0; steps < 3 && steps < length && (data[length - steps] & 0xc0) == 0x80; steps++)
		;
	return (data[length - steps] & 0xc0) == 0xc0 ? length - steps : length;
}

static void
describe_data(struct emit *e, const struct message *m)
{
	size_t valid = data_length(m), omitted = m->valid - valid;
	const void *data = valid > 0 ? m->buffers[0].iov_base : "";
	bool discarded = m->nbytes > 0 && valid == 0 && (m->flags & MSG_TRUNC) != 0;

	emit_bytes(e, "data", valid > 0 && !m->scattered ? "\n  data %" : NULL, discarded ? NULL : data, valid);
	if (omitted > 0 && valid == 0 && !m->scattered)
		text_only(e, "\n  %zu byte%s of data", omitted, omitted == 1 ? "" : "s");
	else if (omitted > 0 && !m->scattered)
		text_only(e, " and %zu more byte%s", omitted, omitted == 1 ? "" : "s");
	if (m->scattered) {
		describe_buffers(e, m, valid, false);
		describe_buffers(e, m, valid, true);
	} else {
		emit_null(e, "buffers");
		emit_null(e, "buffers_base64");
	}
}

static void
describe_sender(struct emit *e, const struct message *m)
{
	const struct sockaddr *address;
	socklen_t length;

	address = fdpass_msg_address(m->msg, &length);
	if (address == NULL)
		emit_null(e, "address");
	else
		sockaddr_describe(e, "address", "\n  address ", address, length);
	if (m->peer == NULL) {
		emit_null(e, "peer");
		return;
	}
	emit_object(e, "peer", m->direction == DIRECTION_SENT ? "\n  to " : "\n  from ");
	if (m->peer->pid > 0) {
		emit_i64(e, "pid", "pid %", m->peer->pid);
	} else {
		emit_null(e, "pid");
		emit_words(e, "pid not visible here");
	}
	emit_i64(e, "uid", ", uid %", m->peer->uid);
	emit_i64(e, "gid", ", gid %", m->peer->gid);
	emit_end(e, NULL);
}

/*
 * Returns the name of a flag that recvmsg(2) has returned. On SCTP sockets, MSG_NOTIFICATION has the same value as
 * MSG_MORE.
 */
static const char *
flag_name(const struct message *m, unsigned int bit)
{
	if (bit == MSG_MORE && m->type == SOCK_SEQPACKET && (m->domain == AF_INET || m->domain == AF_INET6))
		return "MSG_NOTIFICATION";
	return name_of(&names_msg, bit);
}

static void
describe_flags(struct emit *e, const struct message *m)
{
	unsigned int flags = (unsigned int)fdpass_msg_flags(m->msg), left, bit;
	char number[16];
	const char *name;

	if (!m->asked_cloexec)
		flags &= ~(unsigned int)MSG_CMSG_CLOEXEC;
	emit_array(e, "msg_flags", "\n  flags ", ", ");
	for (left = flags; left != 0; left &= left - 1) {
		bit = left & (0U - left);
		name = flag_name(m, bit);
		if (name == NULL) {
			(void)snprintf(number, sizeof(number), "0x%x", bit);
			name = number;
		}
		emit_string(e, NULL, "%", name);
	}
	emit_end(e, NULL);
	emit_u64(e, "msg_flags_value", NULL, flags);
}

static void
describe_item_name(struct emit *e, const struct cmsg_item *item)
{
	const struct cmsg_level *level = cmsg_find_level(item->level, item->message->domain);
	bool known = item->type != NULL;

	emit_string(e, "level", known ? NULL : "\n  %", level != NULL ? level->name : NULL);
	emit_string(e, "type", "\n  " EMIT_STRONG "%" EMIT_PLAIN, known ? item->type->name : NULL);
	emit_i64(e, "level_value", level != NULL ? NULL : "\n  level %", item->level);
	emit_i64(e, "type_value", known ? NULL : " type %", item->type_value);
	emit_u64(e, "length", known ? NULL : item->length == 1 ? ": % byte" : ": % bytes", item->length);
}

/*
 * Describes a control message. Returns true if the control message has a note or is truncated, so that it must be
 * included in the list of problems.
 */
static bool
describe_item(struct emit *e, const struct cmsg_item *item)
{
	bool is_short = item->length < item->wanted;
	bool decoded = item->type != NULL && item->type->describe != NULL;
	const char *hex = is_short ? "%)" : !decoded ? ", hex %" : NULL;
	NO_AUTO_INIT char note[256];
	bool noted;

	if (item->length == 0)
		hex = NULL;
	emit_object(e, NULL, NULL);
	describe_item_name(e, item);
	if (is_short)
		text_only(e, " (%zu of %zu bytes%s", item->length, item->wanted, item->length > 0 ? ", hex " : ")");
	else if (item->cut)
		emit_words(e, " (cut)");
	emit_bool(e, "truncated", NULL, item->cut);
	emit_hex(e, "hex", hex, item->data, item->length);
	if (decoded)
		item->type->describe(e, item);
	noted = item->type != NULL && item->type->note != NULL && item->type->note(item, note, sizeof(note));
	if (noted)
		text_only(e, " (%s)", note);
	emit_end(e, NULL);
	return noted || is_short;
}

static bool
describe_items(struct emit *e, const struct message *m)
{
	size_t count = fdpass_msg_count(m->msg), slot = 0, i;
	struct cmsg_item item;
	bool noticed = false;

	emit_array(e, "ancdata", NULL, NULL);
	for (i = 0; i < count; i++) {
		cmsg_item_get(m, i, &slot, &item);
		noticed |= describe_item(e, &item);
	}
	emit_end(e, NULL);
	return noticed;
}

void
message_describe(struct emit *e, const struct message *message)
{
	bool noticed;

	emit_object(e, NULL, NULL);
	describe_headline(e, message);
	describe_data(e, message);
	describe_sender(e, message);
	describe_flags(e, message);
	noticed = describe_items(e, message);
	problems_describe(e, message, noticed);
	emit_u64(e, "data_omitted", NULL, message->valid - data_length(message));
	if (message->origin != NULL)
		origin_describe(e, message);
	emit_end(e, "\n");
}
