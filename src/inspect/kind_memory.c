/* SPDX-License-Identifier: ISC */
/*
 * Kinds whose files are on internal file systems of the kernel: memfds, secret memory, guest memory, BPF tokens,
 * dma-bufs and message queues.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/no_auto_init.h"
#include "inspect/kind.h"
#include "inspect/superblock.h"

/*
 * Returns true for a memfd. The link alone is not sufficient, because a file on any file system can have the name of a
 * memfd. However, only memfds are on the kernel's internal mount.
 */
static bool
is_memfd(const struct fd_facts *f)
{
	return f->has_stat && S_ISREG(f->st.mode) && f->st.dev_major == 0 && superblock_is_memfd(&f->st);
}

static void
inspect_memfd(const struct fd_facts *f, struct fd_details *d)
{
	d->as.memfd.seals = f->access != ACCESS_PATH ? fcntl(f->fd, F_GET_SEALS) : -1;
}

static bool
is_secret_memory(const struct fd_facts *f)
{
	return f->has_stat && f->st.dev_major == 0 && superblock_magic(f->fd) == MAGIC_SECRETMEM;
}

/*
 * Returns true for a guest memfd of Linux 7.0 or later. On earlier kernels, a guest memfd has an anonymous inode
 * (kind_anon.c).
 */
static bool
is_guest_memfd(const struct fd_facts *f)
{
	return f->has_stat && f->st.dev_major == 0 && superblock_magic(f->fd) == MAGIC_GUEST_MEMFD;
}

/* Returns true for a BPF token, whose fdinfo contains a line that only BPF tokens have. */
static bool
is_bpf_token(const struct fd_facts *f)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	struct fdinfo info;
	bool is = false;

	if (!f->has_stat || !S_ISREG(f->st.mode) || f->st.dev_major != 0 || f->access == ACCESS_PATH)
		return false;
	fdinfo_read(&info, f->fd, 0);
	fdinfo_begin(&line, &info);
	while (!is && fdinfo_next(&line))
		is = strcmp(line.key, "allowed_cmds") == 0;
	fdinfo_free(&info);
	return is;
}

static bool
is_dma_buf(const struct fd_facts *f)
{
	return f->has_stat && (f->st.mode & S_IFMT) == 0;
}

/*
 * Queries the attributes of a message queue. If the file is not a message queue, the system call fails without any
 * effect.
 */
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
	    .flags = KIND_FILE | KIND_OFFSET | KIND_SIZE | KIND_PROMPT,
	    .id = FD_MEMFD,
	    .inspect = inspect_memfd },
	{ .word = "secret-memory",
	    .noun = "secret memory",
	    .link = "/secretmem (deleted)",
	    .is = is_secret_memory,
	    .flags = KIND_FILE | KIND_SIZE | KIND_PROMPT },
	{ .word = "guest-memfd",
	    .noun = "KVM guest memory",
	    .link = "/[kvm-gmem] (deleted)",
	    .is = is_guest_memfd,
	    .flags = KIND_FILE | KIND_SIZE },
	{ .word = "guest-memfd",
	    .noun = "KVM guest memory",
	    .link = "anon_inode:[kvm-gmem]",
	    .flags = KIND_FILE | KIND_SIZE },
	{ .word = "bpf-token",
	    .noun = "BPF token",
	    .link = "/bpf-token (deleted)",
	    .is = is_bpf_token,
	    .flags = KIND_INFO,
	    .id = FD_BPF_TOKEN },
	{ .word = "dma-buf",
	    .noun = "dma-buf",
	    .link = "/dmabuf:*",
	    .is = is_dma_buf,
	    .flags = KIND_FILE | KIND_INODE | KIND_INFO,
	    .id = FD_DMA_BUF },
	{ .word = "mqueue",
	    .noun = "message queue",
	    .link = "/*",
	    .is = is_mqueue,
	    .flags = KIND_FILE | KIND_INODE,
	    .id = FD_MQUEUE,
	    .inspect = inspect_mqueue },
	{ 0 },
};
