/* SPDX-License-Identifier: ISC */
/* Regular files that no file system lists: memfds, secret memory, dma-bufs, message queues. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inspect/kind.h"

/*
 * The link alone proves nothing: a file may be called so in another mount namespace. A memfd never had a name, is on
 * no mount that can be seen, and supports seals.
 */
static bool
is_memfd(const struct fd_facts *f)
{
	return f->has_stat && S_ISREG(f->st.mode) && f->st.nlink == 0 && f->st.dev_major == 0 && !f->st.mount_root &&
	    (f->access == ACCESS_PATH || fcntl(f->fd, F_GET_SEALS) != -1);
}

static void
inspect_memfd(const struct fd_facts *f, struct fd_details *d)
{
	d->as.memfd.seals = f->access != ACCESS_PATH ? fcntl(f->fd, F_GET_SEALS) : -1;
}

static bool
is_secret_memory(const struct fd_facts *f)
{
	return f->has_stat && S_ISREG(f->st.mode) && f->st.dev_major == 0 && f->st.nlink == 1 && fd_is_foreign(f);
}

static bool
is_dma_buf(const struct fd_facts *f)
{
	return f->has_stat && (f->st.mode & S_IFMT) == 0;
}

/* Asked of anything else, the system call does nothing but fail. */
static bool
queue_attributes(int fd, struct mq_attr *attributes)
{
	memset(attributes, 0, sizeof(*attributes));
	return syscall(SYS_mq_getsetattr, fd, NULL, attributes) == 0;
}

static bool
is_mqueue(const struct fd_facts *f)
{
	struct mq_attr attributes;

	return f->has_stat && S_ISREG(f->st.mode) && f->st.dev_major == 0 && f->access != ACCESS_PATH &&
	    queue_attributes(f->fd, &attributes);
}

static void
inspect_mqueue(const struct fd_facts *f, struct fd_details *d)
{
	d->as.mqueue.known = queue_attributes(f->fd, &d->as.mqueue.attributes);
}

const struct fd_kind kinds_memory[] = {
	{ .word = "memfd",
	    .noun = "memfd",
	    .link = "/memfd:*",
	    .is = is_memfd,
	    .flags = KIND_OFFSET | KIND_SIZE | KIND_PROMPT,
	    .id = FD_MEMFD,
	    .inspect = inspect_memfd },
	{ .word = "secret-memory",
	    .noun = "secret memory",
	    .link = "/secretmem (deleted)",
	    .is = is_secret_memory,
	    .flags = KIND_SIZE | KIND_PROMPT },
	{ .word = "dma-buf",
	    .noun = "dma-buf",
	    .link = "/dmabuf:*",
	    .is = is_dma_buf,
	    .flags = KIND_INODE | KIND_INFO,
	    .id = FD_DMA_BUF },
	{ .word = "mqueue",
	    .noun = "message queue",
	    .link = "/*",
	    .is = is_mqueue,
	    .flags = KIND_INODE,
	    .id = FD_MQUEUE,
	    .inspect = inspect_mqueue },
	{ 0 },
};
