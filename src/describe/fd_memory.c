/* SPDX-License-Identifier: ISC */
/* Describes regular files that have no name in a file system: memfds, dma-bufs, message queues. */
#include <string.h>

#include "base/no_auto_init.h"
#include "describe/kind.h"
#include "describe/text_only.h"

#define SEAL_EXEC    5
#define MEMFD_PREFIX "/memfd:"
static const char deleted_suffix[] = " (deleted)";

static const char *
memfd_name(const struct fd_facts *f, size_t *length)
{
	size_t skip = sizeof(MEMFD_PREFIX) - 1, suffix = sizeof(deleted_suffix) - 1;

	*length = f->link_length >= skip + suffix ? f->link_length - skip - suffix : 0;
	return f->link + skip;
}

void
headline_memfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	size_t length;
	const char *name = memfd_name(f, &length);

	(void)d;
	text_only_bytes(e, " ", name, length);
}

void
describe_memfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	static const char *const names[] = { "seal", "shrink", "grow", "write", "future-write", "exec" };
	int seals = d->as.memfd.seals;
	size_t length, i;
	const char *name = memfd_name(f, &length);

	(void)d;
	emit_object(e, "memfd", NULL);
	emit_bytes(e, "name", NULL, name, length);
	if (seals == -1)
		emit_null(e, "seals");
	else {
		emit_array(e, "seals", ", sealed against ", ", ");
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if ((seals & (1 << i)) != 0)
				emit_string(e, NULL, i == SEAL_EXEC ? NULL : i == 0 ? "further seals" : "%", names[i]);
		emit_end(e, NULL);
		/*
		 * F_SEAL_EXEC prevents changes of the execute permission, so the description depends on the current
		 * execute permission.
		 */
		if ((seals & (1 << SEAL_EXEC)) != 0)
			emit_words(
			    e, (f->st.mode & 0111) != 0 ? ", sealed as executable" : ", sealed as not executable");
	}
	emit_end(e, NULL);
}

void
describe_dma_buf(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	static const char prefix[] = "/dmabuf:";
	const char *name = f->link + sizeof(prefix) - 1;
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t size = 0, users = 0;
	bool has_size = false, has_users = false;
	char exporter[64] = "";

	fdinfo_begin(&line, &d->info);
	while (fdinfo_next(&line)) {
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
	describe_number(e, "bytes", plural(size, ", % byte", ", % bytes"), has_size, size);
	describe_number(e, "users", NULL, has_users, users);
	emit_end(e, NULL);
}

/*
 * Returns the length of a message queue's name as mq_open(3) expects it: with the slash, but without the " (deleted)"
 * that the kernel appends.
 */
static size_t
mqueue_name_length(const struct fd_facts *f)
{
	size_t suffix = sizeof(deleted_suffix) - 1;

	if (f->st.nlink > 0 || f->link_length <= suffix ||
	    memcmp(f->link + f->link_length - suffix, deleted_suffix, suffix) != 0)
		return f->link_length;
	return f->link_length - suffix;
}

void
headline_mqueue(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	(void)d;
	text_only_bytes(e, " ", f->link, mqueue_name_length(f));
}

void
describe_mqueue(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct mq_attr a = d->as.mqueue.attributes;
	bool known = d->as.mqueue.known;

	(void)d;
	emit_object(e, f->kind->word, NULL);
	emit_bytes(e, "name", NULL, f->link, mqueue_name_length(f));
	emit_bool(e, "unlinked", ", unlinked", f->st.nlink == 0);
	describe_number(e, "messages", plural((uint64_t)a.mq_curmsgs, ", % message queued", ", % messages queued"),
	    known, (uint64_t)a.mq_curmsgs);
	describe_number(e, "max_messages", ", at most %", known, (uint64_t)a.mq_maxmsg);
	describe_number(e, "message_size", plural((uint64_t)a.mq_msgsize, " of % byte", " of % bytes"), known,
	    (uint64_t)a.mq_msgsize);
	emit_end(e, NULL);
}
