/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "inspect/message_details.h"
#include "describe/fd.h"
#include "describe/names.h"
#include "describe/origin.h"
#include "describe/text_only.h"

void
origin_describe_headline(struct emit *e, const struct message_origin *origin)
{
	char comm[4 * 64 + 1];

	if (!emit_has_words(e))
		return;
	text_only(e, " by process %d", (int)origin->pid);
	if (origin->comm != NULL) {
		escape_vis_string(comm, sizeof(comm), origin->comm, origin->comm_length);
		text_only(e, " (%s)", comm);
	}
	if (origin->error != 0)
		text_only(e, ": failed, %s", strerror(origin->error));
}

static void
describe_error(struct emit *e, int err)
{
	emit_string(e, "errno", NULL, err != 0 ? name_errno(err) : NULL);
	if (err != 0)
		emit_i64(e, "errno_value", NULL, err);
	else
		emit_null(e, "errno_value");
}

void
origin_describe(struct emit *e, const struct message *m)
{
	const struct message_origin *origin = m->origin;
	const struct fd_record *socket = &m->details->socket;
	const struct fd_context context = { .name = NULL };

	emit_i64(e, "pid", NULL, origin->pid);
	emit_bytes(e, "comm", NULL, origin->comm, origin->comm_length);
	describe_error(e, origin->error);
	emit_words(e, "\n  through ");
	fd_describe(e, "socket", socket->facts, &socket->details, &context);
	if (origin->has_peer_inode)
		emit_u64(e, "peer_inode", ", peer inode %", origin->peer_inode);
	else
		emit_null(e, "peer_inode");
}
