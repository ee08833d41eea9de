/* SPDX-License-Identifier: ISC */
/* Describes pipes and FIFOs. */
#include <fcntl.h>

#include "describe/kind.h"

void
describe_pipe(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct pipe_facts *a = &d->as.pipe;
	bool fifo = (f->kind->flags & KIND_PATH) != 0;
	bool writer_known = a->poll_known && (a->no_writer || !fifo || f->access != ACCESS_READ);

	emit_object(e, f->kind->word, NULL);
	if (fifo)
		describe_owner(e, f, d);
	describe_number(e, "capacity", ", capacity %", a->has_capacity, (uint64_t)a->capacity);
	describe_number(e, "pending",
	    a->pending == 0 ? ", empty" : plural((uint64_t)a->pending, ", % byte buffered", ", % bytes buffered"),
	    a->has_pending, (uint64_t)a->pending);
	if (f->access == ACCESS_WRITE || f->access == ACCESS_BOTH)
		emit_bool(e, "packets", ", packet mode", (f->status_flags & O_DIRECT) != 0);
	else
		emit_null(e, "packets");
	/* The described descriptor is itself a reader or a writer of the pipe. */
	describe_bool(e, "has_reader", NULL, a->poll_known, !a->no_reader);
	describe_bool(e, "has_writer", NULL, writer_known, !a->no_writer);
	if (a->no_reader)
		emit_words(e, ", no reader");
	if (a->no_writer)
		emit_words(e, ", no writer");
	emit_end(e, NULL);
}
