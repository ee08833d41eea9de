/* SPDX-License-Identifier: ISC */
/* Pipes and FIFOs. */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "inspect/kind.h"

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

/*
 * Queries the capacity of the pipe and the number of bytes in the pipe. Both queries need the lock of the pipe, which
 * another process can hold indefinitely while it reads into memory that is not present yet (userfaultfd).
 */
static void
query_pipe(void *answers)
{
	struct pipe_facts *a = answers;

	a->capacity = fcntl(a->fd, F_GETPIPE_SZ);
	a->has_capacity = a->capacity >= 0;
	a->has_pending = ioctl(a->fd, FIONREAD, &a->pending) == 0 && a->pending >= 0;
}

/*
 * Determines whether the other end is open, using poll(2), which takes no lock for a pipe. For a FIFO that was never
 * opened for writing, poll(2) does not report that there is no writer.
 */
static void
inspect_pipe(const struct fd_facts *f, struct fd_details *d)
{
	short events = 0;

	if (f->access == ACCESS_PATH || f->access == ACCESS_UNKNOWN || !fd_poll_now(f->fd, &events))
		return;
	d->as.pipe.poll_known = true;
	d->as.pipe.no_writer = f->access == ACCESS_READ && (events & POLLHUP) != 0;
	d->as.pipe.no_reader = f->access == ACCESS_WRITE && (events & POLLERR) != 0;
}

const struct fd_kind kinds_pipe[] = {
	{ .word = "pipe",
	    .noun = "pipe",
	    .is = is_pipe,
	    .flags = KIND_FILE | KIND_INODE,
	    .id = FD_PIPE,
	    .inspect = inspect_pipe,
	    .query = query_pipe },
	{ .word = "fifo",
	    .noun = "FIFO",
	    .is = is_fifo,
	    .flags = KIND_FILE | KIND_PATH | KIND_PLACE,
	    .id = FD_PIPE,
	    .inspect = inspect_pipe,
	    .query = query_pipe },
	{ 0 },
};
