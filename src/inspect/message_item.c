/* SPDX-License-Identifier: ISC */
/*
 * Iterates over the control messages of a message and determines their expected lengths, without system calls. The
 * layer describe/ uses these functions, too.
 */
#include <sys/socket.h>

#include "inspect/loss.h"
#include "inspect/message.h"

size_t
item_wanted(const struct message *m, const struct fdpass_cmsg *raw, bool complete)
{
	size_t whole;

	if (raw->claimed > raw->length)
		return raw->claimed;
	whole = cmsg_whole_length(raw->level, raw->type, m->domain, raw->data, raw->length, complete);
	return whole > raw->length ? whole : raw->length;
}

static bool
is_rights(const struct fdpass_cmsg *raw)
{
	return raw->level == SOL_SOCKET && raw->type == SCM_RIGHTS;
}

static bool
item_is_cut(const struct message *m, const struct message_item *item, bool last)
{
	if (item->raw.state == FDPASS_ITEM_CUT)
		return true;
	if (m->loss.cause == LOSS_NONE)
		return false;
	if (is_rights(&item->raw))
		return m->loss.rights_cut;
	return last && (item->wanted > item->raw.length || m->loss.variable_cut);
}

void
message_item(const struct message *m, size_t index, size_t *slot, struct message_item *item)
{
	bool complete = (fdpass_msg_flags(m->msg) & MSG_CTRUNC) == 0;

	(void)fdpass_msg_item(m->msg, index, &item->raw);
	item->wanted = item_wanted(m, &item->raw, complete);
	item->first_slot = *slot;
	item->cut = item_is_cut(m, item, index + 1 == fdpass_msg_count(m->msg));
	if (is_rights(&item->raw))
		*slot += item->raw.length / sizeof(int);
}

bool
message_has_ancillary(const struct message *message)
{
	struct fdpass_cmsg item;
	size_t i;

	for (i = 0; i < fdpass_msg_count(message->msg); i++)
		if (fdpass_msg_item(message->msg, i, &item) == -1 || item.level != SOL_SOCKET ||
		    item.type != SCM_CREDENTIALS)
			return true;
	return (fdpass_msg_flags(message->msg) & MSG_CTRUNC) != 0;
}
