/* SPDX-License-Identifier: ISC */
/* Describes descriptors: first the properties that descriptors of all kinds have, then the kind-specific properties. */
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
 * Information about the origin of a descriptor and the processes that hold it. Members that are zero are described as
 * null.
 */
struct fd_context {
	const char *name; /* the descriptor's name from LISTEN_FDNAMES, or NULL */
	size_t name_length;
	const struct same *same; /* descriptors for the same file that have been described before, or NULL */
	pid_t pid;		 /* pid of the process that owns the described descriptor; 0: this process */
	pid_t own_pid;		 /* the pid of this process, used only if "pid" is not 0 */
	const char *comm;	 /* the command name of the process with the ID "pid", or NULL */
	size_t comm_length;
	bool has_holders; /* true if the processes that hold the file have been searched */
	const struct fd_holder *holders, *peer_holders;
	size_t holder_count, peer_holder_count;
};

/*
 * Describes a descriptor, whose properties are FACTS and DETAILS, as one object. KEY is passed to emit_object(). If
 * context->pid is not 0, the line in text output begins with the process.
 */
void fd_describe(struct emit *e, const char *key, const struct fd_facts *facts, const struct fd_details *details,
    const struct fd_context *context);

#endif
