/* SPDX-License-Identifier: ISC */
#include "inspect/fd.h"
#include "receive/discard.h"

/* Returns true if enough descriptor numbers above FD are free for a message with the maximum number of descriptors. */
static bool
is_number_spare(struct discard *discard, int fd)
{
	struct rlimit limit;

	if (discard->limit == 0)
		discard->limit = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1;
	return (rlim_t)fd + 2 * FDPASS_MAX_FDS < discard->limit;
}

void
discard_add(struct discard *discard, uint64_t connection, struct fdpass_msg *msg)
{
	size_t i;
	int highest = -1;

	if (discard->connection != connection)
		discard_close(discard);
	discard->connection = connection;
	for (i = 0; i < fdpass_msg_fd_count(msg); i++) {
		if (fdpass_msg_fd(msg, i) < 0)
			continue;
		if (discard->count == DISCARD_MAX)
			discard_close(discard);
		discard->fds[discard->count] = fdpass_msg_take_fd(msg, i);
		if (discard->fds[discard->count] > highest)
			highest = discard->fds[discard->count];
		discard->count++;
	}
	if (discard->count >= DISCARD_MAX - FDPASS_MAX_FDS || (highest != -1 && !is_number_spare(discard, highest)))
		discard_close(discard);
}

void
discard_close(struct discard *discard)
{
	fd_close_all(discard->fds, discard->count);
	discard->count = 0;
}
