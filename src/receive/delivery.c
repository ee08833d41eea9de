/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "inspect/fd.h"
#include "receive/delivery.h"

int
delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail)
{
	size_t i, count = fdpass_msg_fd_count(msg);
	int *bigger, fd;

	if (delivery->count + count > delivery->room) {
		bigger = reallocarray(delivery->fds, delivery->count + count, sizeof(*bigger));
		if (bigger == NULL)
			return fail_errno(fail, "room for descriptors");
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

void
delivery_reset(struct delivery *delivery, struct sink_target *target)
{
	fd_close_all(delivery->fds, delivery->count);
	delivery->count = 0;
	delivery->seen = 0;
	delivery->peer_known = false;
	if (delivery->sink.target == NULL)
		return;
	if (delivery->sink.dropped > 0 && !delivery->sink.target->given)
		sink_warn_dropped(&delivery->sink);
	sink_close(&delivery->sink);
	delivery->sink = (struct sink){ .fd = -1 };
	if (target != NULL)
		sink_open(&delivery->sink, target);
}

void
delivery_done(struct delivery *delivery)
{
	delivery_reset(delivery, NULL);
	free(delivery->fds);
	delivery->fds = NULL;
	delivery->room = 0;
}
