/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "describe/problems.h"

/* A control message's header, and the least that takes a descriptor. */
#define HEADER	 CMSG_LEN(0)
#define LEAST_FD CMSG_LEN(sizeof(int))

/* The phrase that a problem is told with. */
#define PROBLEM "\n  " EMIT_ALARM "problem:" EMIT_PLAIN " %"

static size_t
message_room(const struct message *m)
{
	size_t room = 0, i;

	for (i = 0; i < m->buffer_count; i++)
		room += m->buffers[i].iov_len;
	return room;
}

size_t
message_valid_bytes(const struct message *m)
{
	size_t room, got = m->nbytes > 0 ? (size_t)m->nbytes : 0;

	/* TCP takes MSG_TRUNC as the wish to throw the data away. */
	if ((m->flags & MSG_TRUNC) && m->type == SOCK_STREAM && (m->domain == AF_INET || m->domain == AF_INET6))
		return 0;
	room = message_room(m);
	return got < room ? got : room;
}

bool
message_is_stream_end(const struct message *m)
{
	return m->end_of_file || (m->nbytes == 0 && m->type == SOCK_STREAM && message_room(m) > 0);
}

void
message_item(const struct message *m, size_t index, size_t *slot, struct cmsg_item *item, struct fdpass_cmsg *raw)
{
	const struct cmsg_level *level;

	(void)fdpass_msg_item(m->msg, index, raw);
	level = cmsg_find_level(raw->level, m->domain);
	item->message = m;
	item->type = cmsg_find_type(level, raw->type);
	item->data = raw->data;
	item->length = raw->length;
	item->first_slot = *slot;
	if (raw->level == SOL_SOCKET && raw->type == SCM_RIGHTS)
		*slot += raw->length / sizeof(int);
}

size_t
item_wanted(const struct cmsg_item *item, const struct fdpass_cmsg *raw)
{
	const struct cmsg_type *type = item->type;
	size_t wanted = 0;

	if (raw->claimed > raw->length)
		return raw->claimed;
	if (type == NULL)
		return raw->length;
	if (type->measure != NULL)
		wanted = type->measure(item);
	else if (type->also == 0 || raw->length != type->also || (fdpass_msg_flags(item->message->msg) & MSG_CTRUNC))
		wanted = type->length;
	return wanted > raw->length ? wanted : raw->length;
}

bool
item_is_cut(const struct cmsg_item *item, const struct fdpass_cmsg *raw, const struct loss *loss, bool last)
{
	if (raw->state == FDPASS_ITEM_CUT)
		return true;
	if (loss->cause == LOSS_NONE)
		return false;
	if (raw->level == SOL_SOCKET && raw->type == SCM_RIGHTS)
		return loss->rights_cut;
	return last && (item_wanted(item, raw) > raw->length || loss->variable_cut);
}

/* The limit or something that forbids: with the limit reached, not even one descriptor more can be had. */
static enum loss_cause
refusal_cause(const struct message *m)
{
	int fd = -1, of[] = { STDIN_FILENO, STDOUT_FILENO, m->peer_fd };
	size_t i;

	for (i = 0; fd == -1 && i < sizeof(of) / sizeof(of[0]); i++) {
		fd = fcntl(of[i], F_DUPFD_CLOEXEC, 0);
		if (fd == -1 && errno == EMFILE)
			return LOSS_LIMIT;
	}
	if (fd != -1)
		close(fd);
	return LOSS_POLICY;
}

/* Where things stand in the control buffer, as far as the reason for MSG_CTRUNC can be read from it. */
struct places {
	size_t size; /* the buffer's */
	size_t end;  /* of the last item */
	bool has_rights;
	size_t rights_room; /* for how many descriptors the buffer had room */
	size_t rights_got;
	bool has_later; /* something came that the kernel puts behind descriptors */
	bool last_is_short, last_is_variable;
};

static void
places_find(const struct message *m, struct places *places)
{
	size_t count = fdpass_msg_count(m->msg), slot = 0, i, at;
	const unsigned char *first = NULL;
	struct fdpass_cmsg raw;
	struct cmsg_item item;

	*places = (struct places){ .size = fdpass_msg_ancbufsize(m->msg) };
	for (i = 0; i < count; i++) {
		message_item(m, i, &slot, &item, &raw);
		if (first == NULL)
			first = raw.data;
		at = (size_t)((const unsigned char *)raw.data - first);
		places->end = at + HEADER + raw.length;
		if (raw.level == SOL_SOCKET && raw.type == SCM_RIGHTS) {
			places->has_rights = true;
			places->rights_got = raw.length / sizeof(int);
			places->rights_room = (places->size - at - HEADER) / sizeof(int);
		} else if (raw.level == SOL_SOCKET && (raw.type == SCM_PIDFD || raw.type == SO_INQ)) {
			places->has_later = true;
		}
		places->last_is_short = item_wanted(&item, &raw) > raw.length;
		places->last_is_variable = item.type == NULL || (item.type->length == 0 && item.type->measure == NULL);
	}
}

void
loss_find(const struct message *m, struct loss *loss)
{
	struct places places;
	size_t left, aligned;

	places_find(m, &places);
	aligned = (places.end + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1);
	left = aligned < places.size ? places.size - aligned : 0;
	*loss = (struct loss){ .cause = LOSS_BUFFER };
	if (m->domain != AF_UNIX || message_is_stream_end(m)) {
		loss->variable_cut = places.last_is_variable && left == 0;
		return;
	}
	/* With room for a descriptor left, and nothing else cut, only descriptors can have been refused. */
	if (!places.last_is_short && left >= LEAST_FD) {
		loss->cause = refusal_cause(m);
		loss->descriptors = loss->certain = true;
		loss->rights_cut = places.has_rights;
	} else if (places.has_rights) {
		loss->rights_cut = loss->descriptors = places.rights_got == places.rights_room;
	} else {
		loss->descriptors = !places.has_later;
		loss->variable_cut = places.last_is_variable && left == 0 && places.size > 0;
	}
}

/* The reason as a person would say it. */
static void
loss_words(const struct message *m, const struct loss *loss, char *text, size_t size)
{
	static const char *const what[] = { "control messages were lost", "descriptors may have been lost",
		"descriptors were lost" };
	const char *lost = what[loss->descriptors ? 1 + loss->certain : 0];
	size_t room = fdpass_msg_ancbufsize(m->msg);
	struct rlimit limit = { 0, 0 };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	switch (loss->cause) {
	case LOSS_NONE:
		text[0] = '\0';
		break;
	case LOSS_BUFFER:
		if (room == 0)
			(void)snprintf(text, size, "%s: there was no control buffer", lost);
		else
			(void)snprintf(text, size, "%s: the control buffer of %zu bytes was too small", lost, room);
		break;
	case LOSS_LIMIT:
		(void)snprintf(text, size, "%s: no more may be open in this process, RLIMIT_NOFILE is %llu", lost,
		    (unsigned long long)limit.rlim_cur);
		break;
	case LOSS_POLICY:
		(void)snprintf(text, size,
		    "%s: neither the control buffer (%zu bytes) nor RLIMIT_NOFILE (%llu) was short, "
		    "so a security policy forbids them",
		    lost, room, (unsigned long long)limit.rlim_cur);
		break;
	}
}

bool
message_lost_descriptors(const struct message *message, char *why, size_t size)
{
	struct loss loss;

	if (!(fdpass_msg_flags(message->msg) & MSG_CTRUNC))
		return false;
	loss_find(message, &loss);
	loss_words(message, &loss, why, size);
	return loss.descriptors;
}

static void
describe_cut_data(struct emit *e, const struct message *m)
{
	size_t room = message_room(m);
	char text[256];

	if (m->nbytes > 0 && (size_t)m->nbytes > room)
		(void)snprintf(text, sizeof(text), "the data was cut: only %zu of %zu bytes fit into the buffer", room,
		    (size_t)m->nbytes);
	else
		(void)snprintf(text, sizeof(text),
		    "the data was cut to the %zu bytes of the buffer; "
		    "how long it was is not known (MSG_TRUNC among the flags would tell)",
		    room);
	emit_string(e, NULL, PROBLEM, text);
}

static void
describe_walk(struct emit *e, const struct message *m)
{
	switch (fdpass_msg_walk_state(m->msg)) {
	case FDPASS_BAD_LENGTH:
		emit_string(e, NULL, PROBLEM, "the control data ends in a header whose length is too small for one");
		break;
	case FDPASS_CUT_BEFORE_DATA:
		emit_string(e, NULL, PROBLEM, "a control message was cut before its data began");
		break;
	default:
		break;
	}
}

/* What the control messages were noticed for: a reader has seen the notes beside them already. */
static void
describe_notes(struct emit *e, const struct message *m)
{
	size_t count = fdpass_msg_count(m->msg), slot = 0, i, wanted;
	struct fdpass_cmsg raw;
	struct cmsg_item item;
	char text[256];

	for (i = 0; i < count; i++) {
		message_item(m, i, &slot, &item, &raw);
		if (item.type != NULL && item.type->note != NULL && item.type->note(&item, text, sizeof(text)))
			emit_string(e, NULL, NULL, text);
		wanted = item_wanted(&item, &raw);
		if (raw.length == wanted)
			continue;
		(void)snprintf(text, sizeof(text), "%s: %zu of %zu bytes",
		    item.type != NULL ? item.type->name : "a control message", raw.length, wanted);
		emit_string(e, NULL, NULL, text);
	}
}

void
problems_describe(struct emit *e, const struct message *message, const struct loss *loss, bool noticed)
{
	int flags = fdpass_msg_flags(message->msg);
	char text[256];

	emit_array(e, "problems", NULL, NULL);
	if (loss->cause != LOSS_NONE) {
		loss_words(message, loss, text, sizeof(text));
		emit_string(e, NULL, PROBLEM, text);
	}
	if (flags & MSG_TRUNC)
		describe_cut_data(e, message);
	if (message->nbytes > 0 && (message->flags & MSG_TRUNC) && message_valid_bytes(message) == 0 &&
	    message_room(message) > 0)
		emit_string(e, NULL, PROBLEM, "the data is gone: with MSG_TRUNC, TCP throws it away");
	describe_walk(e, message);
	if (noticed)
		describe_notes(e, message);
	emit_end(e, NULL);
}
