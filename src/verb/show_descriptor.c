/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "base/pid_cache.h"
#include "inspect/fd.h"
#include "inspect/fdinfo.h"
#include "inspect/kind.h"
#include "inspect/kind_list.h"
#include "describe/fd.h"
#include "verb/show_descriptor.h"

static int
describe(struct show *show, const struct fd_facts *facts, const struct shown *shown, const struct holder_list *holders,
    const struct holder_list *peers, struct fail *fail)
{
	const struct same same = same_index_add(show->same, facts, shown->pid);
	struct fd_context context = { .name = shown->name,
		.name_length = shown->name_length,
		.same = &same,
		.pid = shown->pid,
		.own_pid = pid_cache_get(),
		.comm = shown->comm,
		.comm_length = shown->comm != NULL ? strlen(shown->comm) : 0,
		.has_holders = show->holders != NULL,
		.holders = holders->items,
		.holder_count = holders->count,
		.peer_holders = peers->items,
		.peer_holder_count = peers->count };
	NO_AUTO_INIT struct fd_details details;

	fd_inspect(facts, emit_has_words(show->dump.emit), FDINFO_LIMIT, &details);
	fd_describe(show->dump.emit, NULL, facts, &details, &context);
	fd_details_free(&details);
	emit_words(show->dump.emit, "\n");
	/* The description is written before the next descriptor is inspected, because that inspection may take long. */
	return dump_flush(&show->dump, fail);
}

static int
describe_or_add(struct show *show, const struct fd_facts *facts, const struct shown *shown, struct fail *fail)
{
	struct show_table_row row = {
		.pid = shown->pid, .comm = shown->comm, .name = shown->name, .name_length = shown->name_length
	};
	int rc = 0;

	if (show->holders != NULL && holders_find(show->holders, facts, shown->pid, &row.holders, &row.peers) == -1)
		rc = fail_errno(fail, "cannot determine the holders of descriptor %d", shown->number);
	else if (show->table == NULL)
		rc = describe(show, facts, shown, &row.holders, &row.peers, fail);
	else if (show_table_add(show->table, facts, &row) == -1)
		rc = fail_errno(fail, "cannot allocate the table");
	free(row.holders.items);
	free(row.peers.items);
	return rc;
}

int
show_descriptor(struct show *show, const struct shown *shown, struct fail *fail)
{
	NO_AUTO_INIT struct fd_facts facts;

	fd_probe(shown->fd, &facts);
	facts.number = shown->number;
	facts.pid = shown->pid;
	if (show->options->only != NULL && !kind_list_matches(show->options->only, &facts))
		return 0;
	/*
	 * The duplicate in this process has its own close-on-exec flag, so the flag of the original descriptor is read
	 * from the process that owns it.
	 */
	if (shown->pid != 0)
		facts.cloexec_known = fdinfo_cloexec(shown->pid, shown->number,
		    facts.err == 0 && (facts.kind->flags & KIND_INFO_LOCKS) != 0, &facts.cloexec);
	return describe_or_add(show, &facts, shown, fail);
}
