/* SPDX-License-Identifier: ISC */
/* Implements show --table: prints one row for each descriptor, in aligned columns. */
#ifndef VERB_SHOW_TABLE_H
#define VERB_SHOW_TABLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "inspect/fd.h"
#include "inspect/holders.h"

struct show_table;

/* The contents of a table row that are not in the struct fd_facts of its descriptor. */
struct show_table_row {
	pid_t pid; /* 0: this process */
	const char *comm;
	const char *name; /* from LISTEN_FDNAMES or the command line, or NULL */
	size_t name_length;
	struct holder_list holders, peers; /* empty unless --peers is set */
};

/* Returns an empty table, or NULL with errno. HAS_HOLDERS adds the columns HOLDERS and PEERS. */
struct show_table *show_table_new(bool has_holders);
void show_table_free(struct show_table *table);

/* Adds a row. Returns 0, or -1 with errno. */
int show_table_add(struct show_table *table, const struct fd_facts *facts, const struct show_table_row *row);

/*
 * Writes the table to standard output. If standard output is a terminal, truncates each row to the width of the
 * terminal. Returns 0, or -1 with errno.
 */
int show_table_print(const struct show_table *table);

#endif
