/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "describe/fd.h"
#include "cmd/haul.h"

int
haul_gather(struct haul *haul, struct fdpass_msg *msg, struct fail *fail)
{
	size_t i, count = fdpass_msg_fd_count(msg);
	int *bigger, fd;

	if (haul->count + count > haul->room) {
		bigger = reallocarray(haul->fds, haul->count + count, sizeof(*bigger));
		if (bigger == NULL)
			return fail_errno(fail, "room for descriptors");
		haul->fds = bigger;
		haul->room = haul->count + count;
	}
	for (i = 0; i < count; i++) {
		fd = fdpass_msg_take_fd(msg, i);
		if (fd == -1)
			return fail_errno(fail, "refused: the kernel refused descriptor %zu of the message", i + 1);
		haul->fds[haul->count++] = fd;
	}
	return 0;
}

void
haul_reset(struct haul *haul, struct sink_target *target)
{
	fd_close_all(haul->fds, haul->count);
	haul->count = 0;
	haul->seen = 0;
	haul->peer_known = false;
	if (haul->sink.target == NULL)
		return;
	if (haul->sink.dropped > 0 && !haul->sink.target->said)
		sink_complain(&haul->sink);
	sink_close(&haul->sink);
	haul->sink = (struct sink){ .fd = -1 };
	if (target != NULL)
		sink_open(&haul->sink, target);
}

void
haul_done(struct haul *haul)
{
	haul_reset(haul, NULL);
	free(haul->fds);
	haul->fds = NULL;
	haul->room = 0;
}
