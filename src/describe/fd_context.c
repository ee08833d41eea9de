/* SPDX-License-Identifier: ISC */
/* Facts about a descriptor's process and holders. */
#include <string.h>

#include "base/escape.h"
#include "describe/kind.h"
#include "describe/text_only.h"

/* Emits " (COMM)", escaped; nothing if the name is unknown. */
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

/* Emits the members at the end of the object. */
void
describe_context(struct emit *e, const struct fd_context *c)
{
	if (c->same_as >= 0)
		emit_i64(e, "same_as", ", same as fd %", c->same_as);
	else
		emit_null(e, "same_as");
	if (c->pid != 0)
		emit_i64(e, "pid", NULL, c->pid);
	else
		emit_null(e, "pid");
	emit_bytes(e, "comm", NULL, c->comm, c->comm_length);
	describe_holders(e, "holders", ", also held by ", c->has_holders, c->holders, c->holder_count);
	describe_holders(
	    e, "peer_holders", ", other end held by ", c->has_holders, c->peer_holders, c->peer_holder_count);
}
