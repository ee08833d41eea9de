/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "inspect/message.h"
#include "cli/message.h"
#include "receive/accept_policy.h"

/* Lost descriptors are an error where they were wanted; where they are only shown the exit status reports them. */
static int
policy_loss(struct receiver *r, const struct message *message, struct fail *fail)
{
	char why[256];

	if (r->blind || message->loss.cause == LOSS_NONE)
		return 0;
	message_loss_text(message, why, sizeof(why));
	if (r->gathers || r->options->fds_set)
		return fail_msg(fail, "refused: %s", why);
	if (!r->options->ancbufsize_set) {
		/* A dump shows each. */
		if (r->dump == NULL || !r->lost)
			msg_warn("message %llu: %s", (unsigned long long)r->messages, why);
		r->lost = true;
	}
	return 0;
}

/* Where nobody said how much there is room for. */
static bool
data_was_cut(const struct receiver *r)
{
	return (fdpass_msg_flags(r->msg) & MSG_TRUNC) != 0 && r->dump != NULL && !r->options->bufsize_set &&
	    r->options->buffers == NULL && (r->options->flags & (MSG_TRUNC | MSG_ERRQUEUE)) == 0;
}

/* Who sent this very message, where it says so. */
static bool
message_sender(const struct fdpass_msg *msg, struct ucred *sender)
{
	struct fdpass_cmsg item;
	size_t i;

	for (i = 0; i < fdpass_msg_count(msg); i++) {
		if (fdpass_msg_item(msg, i, &item) == -1 || item.level != SOL_SOCKET || item.type != SCM_CREDENTIALS ||
		    item.length < sizeof(*sender))
			continue;
		memcpy(sender, item.data, sizeof(*sender));
		return sender->pid > 0;
	}
	return false;
}

int
policy_message(struct receiver *r, const struct connection *c, const struct message *message, struct fail *fail)
{
	struct ucred sender;
	bool known;

	if (policy_loss(r, message, fail) == -1)
		return -1;
	if (data_was_cut(r))
		r->lost = true;
	if (c->type == SOCK_DGRAM && (r->gathers || guard_asks_peer(&r->guard))) {
		known = message_sender(r->msg, &sender);
		if (guard_peer(&r->guard, known ? &sender : NULL, fail) == -1)
			return -1;
		if (known && !c->delivery->peer_known) {
			c->delivery->peer = sender;
			c->delivery->peer_known = true;
		}
	}
	if (guard_descriptors(&r->guard, message, fail) == -1)
		return -1;
	if ((fdpass_msg_flags(r->msg) & MSG_TRUNC) != 0 && r->target.given && r->target.kind != SINK_DISCARD &&
	    (r->options->flags & MSG_TRUNC) == 0)
		return fail_msg(
		    fail, "refused: the message is longer than the buffer of %zu bytes (--bufsize)", receiver_room(r));
	return 0;
}
