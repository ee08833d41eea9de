/* SPDX-License-Identifier: ISC */
/* Describes the problems of a message, such as truncation, in words. */
#include <stdio.h>
#include <sys/socket.h>

#include "describe/cmsg.h"
#include "describe/message.h"
#include "describe/problems.h"

/* The format of a problem in text output. */
#define PROBLEM "\n  " EMIT_ALARM "problem:" EMIT_PLAIN " %"

void
problem_loss_text(const struct message *m, char *text, size_t size)
{
	static const char *const what[] = { "control messages were lost", "descriptors may have been lost",
		"descriptors were lost" };
	const struct loss *loss = &m->loss;
	const char *lost = what[loss->descriptors ? 1 + loss->certain : 0];
	size_t room = fdpass_msg_ancbufsize(m->msg);

	switch (loss->cause) {
	case LOSS_NONE:
		text[0] = '\0';
		break;
	case LOSS_BUFFER:
		if (room == 0)
			(void)snprintf(text, size, "%s: the size of the control buffer was 0", lost);
		else
			(void)snprintf(text, size, "%s: the control buffer of %zu bytes was too small", lost, room);
		break;
	case LOSS_LIMIT:
		(void)snprintf(text, size, "%s: the open file limit was reached (RLIMIT_NOFILE is %llu)", lost,
		    (unsigned long long)m->open_file_limit);
		break;
	case LOSS_POLICY:
		(void)snprintf(text, size,
		    "%s: the control buffer (%zu bytes) and RLIMIT_NOFILE (%llu) were large enough; "
		    "a security policy (SELinux, AppArmor, Smack) probably refused them",
		    lost, room, (unsigned long long)m->open_file_limit);
		break;
	}
}

static void
describe_cut_data(struct emit *e, const struct message *m)
{
	size_t room = m->room;
	char text[256];

	if (m->nbytes > 0 && (size_t)m->nbytes > room)
		(void)snprintf(text, sizeof(text), "the data was truncated: only %zu of %zu bytes fit into the buffer",
		    room, (size_t)m->nbytes);
	else
		(void)snprintf(text, sizeof(text),
		    "the data was truncated to the %zu byte%s of the buffer; "
		    "its length is unknown (--flags=trunc reports it)",
		    room, room == 1 ? "" : "s");
	emit_string(e, NULL, PROBLEM, text);
}

static void
describe_walk(struct emit *e, const struct message *m)
{
	switch (fdpass_msg_walk_state(m->msg)) {
	case FDPASS_BAD_LENGTH:
		emit_string(e, NULL, PROBLEM,
		    "the last control message has an invalid header: its length is less than the size of a header");
		break;
	case FDPASS_CUT_BEFORE_DATA:
		emit_string(e, NULL, PROBLEM, "a control message was truncated before its data");
		break;
	default:
		break;
	}
}

/*
 * Emits the notes about control messages in the JSON array of problems. Text output contains each note next to its
 * control message instead.
 */
static void
describe_notes(struct emit *e, const struct message *m)
{
	size_t count = fdpass_msg_count(m->msg), slot = 0, i;
	struct cmsg_item item;
	char text[256];

	for (i = 0; i < count; i++) {
		cmsg_item_get(m, i, &slot, &item);
		if (item.type != NULL && item.type->note != NULL && item.type->note(&item, text, sizeof(text)))
			emit_string(e, NULL, NULL, text);
		if (item.length == item.wanted)
			continue;
		(void)snprintf(text, sizeof(text), "%s: %zu of %zu bytes",
		    item.type != NULL ? item.type->name : "a control message", item.length, item.wanted);
		emit_string(e, NULL, NULL, text);
	}
}

void
problems_describe(struct emit *e, const struct message *message, bool noticed)
{
	int flags = fdpass_msg_flags(message->msg);
	char text[256];
	size_t i;

	emit_array(e, "problems", NULL, NULL);
	if (message->loss.cause != LOSS_NONE) {
		problem_loss_text(message, text, sizeof(text));
		emit_string(e, NULL, PROBLEM, text);
	}
	if ((flags & MSG_TRUNC) != 0 && message->direction != DIRECTION_SENT)
		describe_cut_data(e, message);
	if (message->nbytes > 0 && (message->flags & MSG_TRUNC) && message->valid == 0 && message->room > 0)
		emit_string(e, NULL, PROBLEM,
		    "the data was discarded, because TCP discards data that is received with MSG_TRUNC");
	describe_walk(e, message);
	if (noticed)
		describe_notes(e, message);
	if (message->origin != NULL)
		for (i = 0; i < message->origin->problem_count; i++)
			emit_string(e, NULL, PROBLEM, message->origin->problems[i]);
	emit_end(e, NULL);
}
