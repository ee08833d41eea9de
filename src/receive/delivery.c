/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "net/listenfds.h"
#include "inspect/fd.h"
#include "exec/handover.h"
#include "receive/delivery.h"

void
delivery_init(struct delivery *delivery, struct sink_target *target)
{
	*delivery = (struct delivery){ .peer = PEER_UNKNOWN };
	sink_open(&delivery->sink, target);
}

int
delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail)
{
	size_t i, count = fdpass_msg_fd_count(msg);
	int *bigger, fd;

	if (delivery->count + count > delivery->room) {
		bigger = reallocarray(delivery->fds, delivery->count + count, sizeof(*bigger));
		if (bigger == NULL)
			return fail_errno(fail, "cannot allocate the list of descriptors");
		delivery->fds = bigger;
		delivery->room = delivery->count + count;
	}
	for (i = 0; i < count; i++) {
		fd = fdpass_msg_take_fd(msg, i);
		if (fd == -1)
			return fail_errno(fail, "refused: the kernel refused descriptor %zu of the message", i + 1);
		delivery->fds[delivery->count++] = fd;
	}
	return 0;
}

/* Splits the list of names TEXT at its colons. An empty name means that the descriptor has no name. */
static int
split_names(struct delivery *delivery, char *text, struct fail *fail)
{
	size_t count = 1;
	char *p;

	for (p = text; *p != '\0'; p++)
		count += *p == ':';
	delivery->names = calloc(count, sizeof(*delivery->names));
	if (delivery->names == NULL)
		return fail_errno(fail, "cannot allocate the names of the descriptors");
	for (; text != NULL; delivery->name_count++) {
		p = strsep(&text, ":");
		if (*p != '\0' && !handover_name_ok(p))
			return fail_msg(fail, "refused: invalid name in the line " LISTENFDS_NAMES_LINE " (--names)");
		delivery->names[delivery->name_count] = *p != '\0' ? p : NULL;
	}
	return 0;
}

ssize_t
delivery_take_names(struct delivery *delivery, const char *data, size_t length, struct fail *fail)
{
	const size_t prefix = strlen(LISTENFDS_NAMES_LINE);
	const char *end = length > 0 ? memchr(data, '\n', length) : NULL;

	if (end == NULL || (size_t)(end - data) < prefix || memcmp(data, LISTENFDS_NAMES_LINE, prefix) != 0)
		return fail_msg(
		    fail, "refused: the data does not begin with a line " LISTENFDS_NAMES_LINE " (--names)");
	delivery->name_text = strndup(data + prefix, (size_t)(end - data) - prefix);
	if (delivery->name_text == NULL)
		return fail_errno(fail, "cannot allocate the names of the descriptors");
	if (split_names(delivery, delivery->name_text, fail) == -1)
		return -1;
	return end - data + 1;
}

bool
delivery_is_empty(const struct delivery *delivery)
{
	return delivery->seen == 0 && delivery->sink.fd == -1 && delivery->name_text == NULL && !delivery->until.seen &&
	    delivery->until.tail_length == 0;
}

static void
forget_names(struct delivery *delivery)
{
	free(delivery->name_text);
	free(delivery->names);
	delivery->name_text = NULL;
	delivery->names = NULL;
	delivery->name_count = 0;
}

/*
 * Closes the descriptors in the delivery, warns about dropped data, and resets all members except the memory for the
 * descriptors.
 */
static void
empty(struct delivery *delivery)
{
	fd_close_all(delivery->fds, delivery->count);
	delivery->count = 0;
	delivery->seen = 0;
	delivery->peer = (struct peer)PEER_UNKNOWN;
	delivery->until = (struct until){ .seen = false };
	forget_names(delivery);
	if (delivery->sink.target == NULL)
		return;
	if (delivery->sink.dropped > 0 && !delivery->sink.target->given)
		sink_warn_dropped(&delivery->sink);
	sink_close(&delivery->sink);
}

void
delivery_reset(struct delivery *delivery)
{
	empty(delivery);
	sink_open(&delivery->sink, delivery->sink.target);
}

void
delivery_move(struct delivery *to, struct delivery *from)
{
	delivery_done(to);
	*to = *from;
	*from = (struct delivery){ .peer = PEER_UNKNOWN, .sink = { .fd = -1 } };
}

void
delivery_done(struct delivery *delivery)
{
	empty(delivery);
	free(delivery->fds);
	*delivery = (struct delivery){ .peer = PEER_UNKNOWN, .sink = { .fd = -1 } };
}
