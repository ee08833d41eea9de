/* SPDX-License-Identifier: ISC */
/* Pipes and FIFOs. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "describe/kind.h"

static bool
is_pipe(const struct fd_facts *f)
{
	return f->has_stat && S_ISFIFO(f->st.mode) && f->link[0] != '/' && f->link_length > 0;
}

static bool
is_fifo(const struct fd_facts *f)
{
	return f->has_stat && S_ISFIFO(f->st.mode);
}

static void
tell_pipe(struct emit *e, const struct fd_facts *f, struct fdinfo *info)
{
	bool usable = f->access != ACCESS_PATH;
	int capacity = usable ? fcntl(f->fd, F_GETPIPE_SZ) : -1;
	int pending = 0;
	bool counted = usable && ioctl(f->fd, FIONREAD, &pending) == 0 && pending >= 0;

	(void)info;
	emit_object(e, f->kind->word, NULL);
	tell_number(e, "capacity", ", capacity %", capacity >= 0, (uint64_t)capacity);
	tell_number(e, "pending", ", % bytes in it", counted, (uint64_t)pending);
	if (usable && f->access != ACCESS_READ)
		emit_bool(e, "packets", ", packet mode", (f->status_flags & O_DIRECT) != 0);
	else
		emit_null(e, "packets");
	emit_end(e, NULL);
}

const struct fd_kind kinds_pipe[] = {
	{ "pipe", "pipe", NULL, is_pipe, KIND_INODE, NULL, tell_pipe },
	{ "fifo", "FIFO", NULL, is_fifo, KIND_PATH | KIND_PLACE, NULL, tell_pipe },
	{ 0 },
};
