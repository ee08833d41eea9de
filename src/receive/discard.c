/* SPDX-License-Identifier: ISC */
#include "lib/fdpass.h"
#include "inspect/fd.h"
#include "receive/discard.h"

/* The largest message must find enough numbers above FD. */
static bool
is_number_spare(struct discard *discard, int fd)
{
	struct rlimit limit;

	if (discard->limit == 0)
		discard->limit = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1;
	return (rlim_t)fd + 2 * FDPASS_MAX_FDS < discard->limit;
}

void
discard_add(struct discard *discard, uint64_t connection, int fd)
{
	if (discard->connection != connection)
		discard_close(discard);
	discard->connection = connection;
	discard->fds[discard->count++] = fd;
	if (discard->count == DISCARD_MAX || !is_number_spare(discard, fd))
		discard_close(discard);
}

void
discard_close(struct discard *discard)
{
	fd_close_all(discard->fds, discard->count);
	discard->count = 0;
}
