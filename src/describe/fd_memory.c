/* SPDX-License-Identifier: ISC */
/* What looks like a regular file and is none: memfds and secret memory, namespaces, message queues, dma-bufs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "describe/kind.h"
#include "describe/proc.h"
#include "describe/say.h"

static const char memfd_prefix[] = "/memfd:";
static const char deleted_suffix[] = " (deleted)";

/*
 * The link alone proves nothing: a file may be called so in somebody's mount namespace. A memfd never had a link, is on no
 * mount that can be seen, and knows seals.
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
	size_t skip = sizeof(memfd_prefix) - 1, suffix = sizeof(deleted_suffix) - 1;

	*length = f->link_length >= skip + suffix ? f->link_length - skip - suffix : 0;
	return f->link + skip;
}

static void
say_memfd(struct emit *e, const struct fd_facts *f)
{
	size_t length;
	const char *name = memfd_name(f, &length);

	say_bytes(e, " ", name, length);
}

static void
tell_memfd(struct emit *e, const struct fd_facts *f, struct fdinfo *info)
{
	static const char *const names[] = { "seal", "shrink", "grow", "write", "future-write", "exec" };
	int seals = f->access != ACCESS_PATH ? fcntl(f->fd, F_GET_SEALS) : -1;
	size_t length, i;
	const char *name = memfd_name(f, &length);

	(void)info;
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
	return f->has_stat && S_ISREG(f->st.mode) && f->st.dev_major == 0 && f->st.nlink == 1;
}

/* All namespaces are files of one file system, which our own are on too. */
static bool
is_namespace(const struct fd_facts *f)
{
	struct proc_stat own;

	if (!f->has_stat || !S_ISREG(f->st.mode) || f->st.dev_major != 0 || (f->st.mode & 07777) != 0444 || f->st.size != 0)
		return false;
	if (proc_stat_path("ns/mnt", &own) == -1)
		return f->link[0] != '/' && strstr(f->link, ":[") != NULL;
	return own.dev_major == f->st.dev_major && own.dev_minor == f->st.dev_minor;
}

const struct fd_kind kinds_memory[] = {
	{ "memfd", "memfd", "/memfd:*", is_memfd, KIND_OFFSET | KIND_SIZE, say_memfd, tell_memfd },
	{ "secret-memory", "secret memory", "/secretmem (deleted)", is_secret_memory, KIND_SIZE, NULL, NULL },
	{ "namespace", "namespace", NULL, is_namespace, KIND_INODE, NULL, NULL },
	{ 0 },
};
