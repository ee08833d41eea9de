/* SPDX-License-Identifier: ISC */
/* Descriptors described: the facts that all kinds have, then those of its kind. */
#ifndef DESCRIBE_FD_H
#define DESCRIBE_FD_H

#include <stddef.h>

#include "emit/emit.h"
#include "inspect/fd.h"

/*
 * Inspects the descriptor of FACTS in detail and describes it as one object. NAME is its LISTEN_FDNAMES name of NAMELEN
 * bytes, or NULL. KEY as for emit_object().
 */
void fd_describe(struct emit *e, const char *key, const struct fd_facts *facts, const char *name, size_t namelen);

#endif
