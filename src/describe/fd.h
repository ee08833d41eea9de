/* SPDX-License-Identifier: ISC */
/* Describes descriptors: first the facts that all kinds have, then those of the kind. */
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

/* Facts about the descriptor's origin and holders. Members that are zero are described as null. */
struct fd_context {
	const char *name; /* its LISTEN_FDNAMES name, or NULL */
	size_t name_length;
	const struct same *same; /* earlier descriptors of the same file, or NULL */
	pid_t pid;		 /* the process that the descriptor belongs to; 0: this one */
	pid_t own_pid;		 /* the pid of this process, needed only with pid */
	const char *comm;	 /* the name of that process, or NULL */
	size_t comm_length;
	bool has_holders; /* the holders were searched for */
	const struct fd_holder *holders, *peer_holders;
	size_t holder_count, peer_holder_count;
};

/*
 * Describes the descriptor of FACTS and DETAILS as one object. KEY as for emit_object(). In the text output, the line
 * begins with the process of CONTEXT, if it has one.
 */
void fd_describe(struct emit *e, const char *key, const struct fd_facts *facts, const struct fd_details *details,
    const struct fd_context *context);

#endif
