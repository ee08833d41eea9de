/* SPDX-License-Identifier: ISC */
/* Pipes and FIFOs. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "describe/kind.h"

struct pipe_answers {
	int fd;
	bool has_capacity, has_pending;
	int capacity, pending;
};

_Static_assert(sizeof(struct pipe_answers) <= ANSWERS_SIZE, "answers have room");

static bool
is_pipe(const struct fd_facts *f)
{
	return f->has_stat && S_ISFIFO(f->st.mode) && f->link_length > 0 && f->link[0] != '/';
}

static bool
is_fifo(const struct fd_facts *f)
{
	return f->has_stat && S_ISFIFO(f->st.mode);
}

/* Both need the pipe's lock, and whoever reads into memory that does not come holds it all the while. */
static void
query_pipe(void *answers)
{
	struct pipe_answers *a = answers;

	a->capacity = fcntl(a->fd, F_GETPIPE_SZ);
	a->has_capacity = a->capacity >= 0;
	a->has_pending = ioctl(a->fd, FIONREAD, &a->pending) == 0 && a->pending >= 0;
}

static void
describe_pipe(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	const struct pipe_answers *a = (const struct pipe_answers *)(const void *)more->answers;

	emit_object(e, f->kind->word, NULL);
	if ((f->kind->flags & KIND_PATH) != 0)
		describe_owner(e, f);
	describe_number(e, "capacity", ", capacity %", a->has_capacity, (uint64_t)a->capacity);
	describe_number(e, "pending",
	    a->pending == 0 ? ", empty" : plural((uint64_t)a->pending, ", % byte in it", ", % bytes in it"),
	    a->has_pending, (uint64_t)a->pending);
	if (f->access == ACCESS_WRITE || f->access == ACCESS_BOTH)
		emit_bool(e, "packets", ", packet mode", (f->status_flags & O_DIRECT) != 0);
	else
		emit_null(e, "packets");
	emit_end(e, NULL);
}

const struct fd_kind kinds_pipe[] = {
	{ .word = "pipe",
	    .noun = "pipe",
	    .is = is_pipe,
	    .flags = KIND_INODE,
	    .query = query_pipe,
	    .describe = describe_pipe },
	{ .word = "fifo",
	    .noun = "FIFO",
	    .is = is_fifo,
	    .flags = KIND_PATH | KIND_PLACE,
	    .query = query_pipe,
	    .describe = describe_pipe },
	{ 0 },
};
