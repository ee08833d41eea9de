/* SPDX-License-Identifier: ISC */
/* Describes descriptors: first the properties that all kinds have, then the properties of the descriptor's kind. */
#ifndef DESCRIBE_FD_H
#define DESCRIBE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "emit/emit.h"
#include "inspect/details.h"
#include "inspect/fd.h"
#include "inspect/holders.h"
#include "inspect/same.h"

/*
 * Information about the origin and the holders of a descriptor. Members of struct fd_context that are zero are
 * described as null.
 */
struct fd_context {
	const char *name; /* the descriptor's name from LISTEN_FDNAMES, or NULL */
	size_t name_length;
	const struct same *same; /* descriptors of the same file that were described before, or NULL */
	pid_t pid;		 /* the process that owns the described descriptor; 0: this process */
	pid_t own_pid;		 /* the pid of this process, used only if the member pid is not 0 */
	const char *comm;	 /* the command name of the process pid, or NULL */
	size_t comm_length;
	bool has_holders; /* holders were searched */
	const struct fd_holder *holders, *peer_holders;
	size_t holder_count, peer_holder_count;
};

/*
 * Describes the descriptor with the properties FACTS and DETAILS as one object. KEY is passed to emit_object(). In text
 * output, the line begins with the process, if context->pid is set.
 */
void fd_describe(struct emit *e, const char *key, const struct fd_facts *facts, const struct fd_details *details,
    const struct fd_context *context);

#endif
