/* SPDX-License-Identifier: ISC */
/* Pipes and FIFOs. */
#include <fcntl.h>

#include "describe/kind.h"

void
describe_pipe(struct emit *e, const struct fd_facts *f, struct fd_details *d)
{
	const struct pipe_facts *a = &d->as.pipe;

	emit_object(e, f->kind->word, NULL);
	if ((f->kind->flags & KIND_PATH) != 0)
		describe_owner(e, f, d);
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
