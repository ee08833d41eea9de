/* SPDX-License-Identifier: ISC */
/* Describes the process that owns a descriptor, and the processes that hold the same file. */
#include <string.h>

#include "base/escape.h"
#include "describe/kind.h"
#include "describe/text_only.h"

/* Emits the command name in the form " (COMM)", escaped. Emits nothing if the command name is unknown. */
void
describe_comm(struct emit *e, const char *comm, size_t length)
{
	char text[4 * 64 + 1];

	if (comm == NULL || length == 0)
		return;
	escape_vis_string(text, sizeof(text), comm, length);
	text_only(e, " (%s)", text);
}

static void
describe_holders(
    struct emit *e, const char *key, const char *before, bool known, const struct fd_holder *holders, size_t count)
{
	size_t i;

	if (!known) {
		emit_null(e, key);
		return;
	}
	emit_array(e, key, before, ", ");
	for (i = 0; i < count; i++) {
		emit_object(e, NULL, NULL);
		emit_i64(e, "pid", "pid %", holders[i].pid);
		if (emit_has_words(e))
			describe_comm(e, holders[i].comm, strlen(holders[i].comm));
		emit_bytes(e, "comm", NULL, holders[i].comm, strlen(holders[i].comm));
		emit_i64(e, "fd", " fd %", holders[i].fd);
		emit_end(e, NULL);
	}
	emit_end(e, NULL);
}

/* Returns the pid of the process that owns FD, or 0 if the same process owns the described descriptor. */
static pid_t
other_process(const struct same_fd *fd, const struct fd_context *c)
{
	if (fd == NULL || fd->number < 0 || fd->pid == c->pid)
		return 0;
	return fd->pid != 0 ? fd->pid : c->own_pid;
}

static void
describe_same(struct emit *e, const char *key, const char *before, const struct same_fd *fd, const struct fd_context *c)
{
	if (fd == NULL || fd->number < 0) {
		emit_null(e, key);
		return;
	}
	emit_i64(e, key, before, fd->number);
	if (other_process(fd, c) != 0)
		text_only(e, " of process %d", (int)other_process(fd, c));
}

/*
 * Emits the last members of a descriptor's object: the process that owns the descriptor, and the processes that hold
 * the same file.
 */
void
describe_context(struct emit *e, const struct fd_facts *f, const struct fd_context *c)
{
	const struct same_fd *same = c->same != NULL ? &c->same->description : NULL;
	const struct same_fd *file = c->same != NULL ? &c->same->file : NULL;
	pid_t same_pid = other_process(same, c), file_pid = other_process(file, c);

	describe_same(e, "same_as", ", same as fd %", same, c);
	if (c->pid != 0)
		emit_i64(e, "pid", NULL, c->pid);
	else
		emit_null(e, "pid");
	emit_bytes(e, "comm", NULL, c->comm, c->comm_length);
	describe_holders(e, "holders", ", also held by ", c->has_holders, c->holders, c->holder_count);
	describe_holders(
	    e, "peer_holders", ", other end held by ", c->has_holders, c->peer_holders, c->peer_holder_count);
	describe_number(e, "same_as_pid", NULL, same_pid != 0, (uint64_t)same_pid);
	describe_same(
	    e, "same_file_as", f->kind->id == FD_PIPE ? ", same pipe as fd %" : ", same file as fd %", file, c);
	describe_number(e, "same_file_as_pid", NULL, file_pid != 0, (uint64_t)file_pid);
}
