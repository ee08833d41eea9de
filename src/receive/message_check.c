/* SPDX-License-Identifier: ISC */
#include "inspect/message.h"
#include "describe/problems.h"
#include "cli/message.h"
#include "receive/message_check.h"

/*
 * Checks whether control messages of the received message were lost. If a command needs the descriptors, a loss is an
 * error. If messages are only shown, a loss changes the exit status when fdpass exits.
 */
static int
check_loss(struct receiver *r, const struct message *message, struct fail *fail)
{
	char why[256];

	if (message->loss.cause == LOSS_NONE)
		return 0;
	problem_loss_text(message, why, sizeof(why));
	if (r->gathers || r->options->fds_set)
		return fail_msg(fail, "refused: %s", why);
	if (!r->options->ancbufsize_set) {
		/*
		 * If messages are not shown, every loss is logged. If messages are shown, the output reports each loss,
		 * so only the first loss is logged.
		 */
		if (r->dump == NULL || !r->lost)
			msg_log("message %llu: %s", (unsigned long long)r->messages, why);
		r->lost = true;
	}
	return 0;
}

/*
 * Returns true if data was truncated although the user has specified neither a buffer size nor a flag that could be the
 * reason.
 */
static bool
data_was_cut(const struct receiver *r)
{
	return (fdpass_msg_flags(r->msg) & MSG_TRUNC) != 0 && r->dump != NULL && !r->options->bufsize_set &&
	    r->options->buffers == NULL && (r->options->flags & (MSG_TRUNC | MSG_ERRQUEUE)) == 0;
}

int
check_sender(const struct receiver *r, struct fail *fail)
{
	struct peer sender;

	peer_of_message(r->msg, &sender);
	return access_peer(&r->access_control, &sender, fail);
}

int
check_message(struct receiver *r, const struct message *message, struct fail *fail)
{
	if (check_loss(r, message, fail) == -1)
		return -1;
	if (data_was_cut(r))
		r->lost = true;
	if (r->access_control.require != NULL && access_descriptors(&r->access_control, message, fail) == -1)
		return -1;
	if ((fdpass_msg_flags(r->msg) & MSG_TRUNC) != 0 && r->target.given && r->target.kind != SINK_DISCARD &&
	    (r->options->flags & MSG_TRUNC) == 0)
		return fail_msg(
		    fail, "refused: the message is longer than the buffer of %zu bytes (--bufsize)", receiver_room(r));
	return 0;
}

int
check_count(const struct receiver *r, const struct delivery *delivery, struct fail *fail)
{
	if (options_take_names(r->options) && delivery->seen > delivery->name_count)
		return fail_msg(fail, "refused: received %llu descriptors, but %zu names (--names)",
		    (unsigned long long)delivery->seen, delivery->name_count);
	if ((r->gathers || r->options->fds_set) && delivery->seen > r->fds_max)
		return fail_msg(fail, "refused: received %llu descriptors, expected at most %llu (--fds)",
		    (unsigned long long)delivery->seen, (unsigned long long)r->fds_max);
	return 0;
}
