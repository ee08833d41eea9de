/* SPDX-License-Identifier: ISC */
/* What looks like a file and has no place in a file system: memfds, secret memory, dma-bufs, message queues. */
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "describe/kind.h"
#include "describe/text_only.h"

#define MEMFD_PREFIX "/memfd:"
static const char deleted_suffix[] = " (deleted)";

/*
 * The link alone proves nothing: a file may be called so in somebody's mount namespace. A memfd never had a name, is on
 * no mount that can be seen, and knows seals.
 */
static bool
is_memfd(const struct fd_facts *f)
{
	return f->has_stat && S_ISREG(f->st.mode) && f->st.nlink == 0 && f->st.dev_major == 0 && !f->st.mount_root &&
	    (f->access == ACCESS_PATH || fcntl(f->fd, F_GET_SEALS) != -1);
}

static const char *
memfd_name(const struct fd_facts *f, size_t *length)
{
	size_t skip = sizeof(MEMFD_PREFIX) - 1, suffix = sizeof(deleted_suffix) - 1;

	*length = f->link_length >= skip + suffix ? f->link_length - skip - suffix : 0;
	return f->link + skip;
}

static void
headline_memfd(struct emit *e, const struct fd_facts *f)
{
	size_t length;
	const char *name = memfd_name(f, &length);

	text_only_bytes(e, " ", name, length);
}

static void
describe_memfd(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	static const char *const names[] = { "seal", "shrink", "grow", "write", "future-write", "exec" };
	int seals = f->access != ACCESS_PATH ? fcntl(f->fd, F_GET_SEALS) : -1;
	size_t length, i;
	const char *name = memfd_name(f, &length);

	(void)more;
	emit_object(e, "memfd", NULL);
	emit_bytes(e, "name", NULL, name, length);
	if (seals == -1)
		emit_null(e, "seals");
	else {
		emit_array(e, "seals", ", sealed against ", ", ");
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if ((seals & (1 << i)) != 0)
				emit_string(e, NULL, "%", names[i]);
		emit_end(e, NULL);
	}
	emit_end(e, NULL);
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

static void
describe_dma_buf(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	static const char prefix[] = "/dmabuf:";
	const char *name = f->link + sizeof(prefix) - 1;
	struct fdinfo_line line;
	uint64_t size = 0, users = 0;
	bool has_size = false, has_users = false;
	char exporter[64] = "";

	while (fdinfo_next(&more->info, &line)) {
		if (strcmp(line.key, "size") == 0)
			has_size = fdinfo_number(line.value, 10, &size);
		else if (strcmp(line.key, "count") == 0)
			has_users = fdinfo_number(line.value, 10, &users);
		else if (strcmp(line.key, "exp_name") == 0)
			(void)strlcpy(exporter, line.value, sizeof(exporter));
	}
	emit_object(e, f->kind->word, NULL);
	emit_bytes(e, "name", *name != '\0' ? ", name %" : NULL, name, strlen(name));
	emit_bytes(e, "exporter", ", exported by %", exporter[0] != '\0' ? exporter : NULL, strlen(exporter));
	describe_number(e, "bytes", ", % bytes", has_size, size);
	describe_number(e, "users", NULL, has_users, users);
	emit_end(e, NULL);
}

/* Asked of anything else, the system call does nothing but refuse. */
static bool
queue_attributes(const struct fd_facts *f, struct mq_attr *attributes)
{
	memset(attributes, 0, sizeof(*attributes));
	return syscall(SYS_mq_getsetattr, f->fd, NULL, attributes) == 0;
}

static bool
is_mqueue(const struct fd_facts *f)
{
	struct mq_attr attributes;

	return f->has_stat && S_ISREG(f->st.mode) && f->st.dev_major == 0 && f->access != ACCESS_PATH &&
	    queue_attributes(f, &attributes);
}

/* Its name as mq_open(3) wants it, with the slash. */
static size_t
mqueue_name_length(const struct fd_facts *f)
{
	size_t suffix = sizeof(deleted_suffix) - 1;

	if (f->st.nlink > 0 || f->link_length <= suffix ||
	    memcmp(f->link + f->link_length - suffix, deleted_suffix, suffix) != 0)
		return f->link_length;
	return f->link_length - suffix;
}

static void
headline_mqueue(struct emit *e, const struct fd_facts *f)
{
	text_only_bytes(e, " ", f->link, mqueue_name_length(f));
}

static void
describe_mqueue(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct mq_attr a;
	bool known = queue_attributes(f, &a);

	(void)more;
	emit_object(e, f->kind->word, NULL);
	emit_bytes(e, "name", NULL, f->link, mqueue_name_length(f));
	emit_bool(e, "unlinked", ", unlinked", f->st.nlink == 0);
	describe_number(e, "messages", plural((uint64_t)a.mq_curmsgs, ", % message in it", ", % messages in it"), known,
	    (uint64_t)a.mq_curmsgs);
	describe_number(e, "max_messages", ", room for %", known, (uint64_t)a.mq_maxmsg);
	describe_number(e, "message_size", " of % bytes", known, (uint64_t)a.mq_msgsize);
	emit_end(e, NULL);
}

const struct fd_kind kinds_memory[] = {
	{ .word = "memfd",
	    .noun = "memfd",
	    .link = MEMFD_PREFIX "*",
	    .is = is_memfd,
	    .flags = KIND_OFFSET | KIND_SIZE | KIND_PROMPT,
	    .headline = headline_memfd,
	    .describe = describe_memfd },
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
	    .describe = describe_dma_buf },
	{ .word = "mqueue",
	    .noun = "message queue",
	    .link = "/*",
	    .is = is_mqueue,
	    .flags = KIND_INODE,
	    .headline = headline_mqueue,
	    .describe = describe_mqueue },
	{ 0 },
};
