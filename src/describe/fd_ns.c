/* SPDX-License-Identifier: ISC */
/* Describes namespaces. */
#include "describe/kind.h"
#include "describe/text_only.h"

void
headline_namespace(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	(void)f;
	if (d->as.ns.type != NULL)
		text_only(e, " %s", d->as.ns.type);
}

void
describe_namespace(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct namespace_facts *ns = &d->as.ns;

	emit_object(e, f->kind->word, NULL);
	emit_string(e, "type", NULL, ns->type);
	describe_bool(e, "own", ", this process's own", ns->own_known, ns->own);
	describe_number(e, "owner_uid", ", owned by uid %", ns->has_owner, ns->owner);
	emit_end(e, NULL);
}
