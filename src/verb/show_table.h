/* SPDX-License-Identifier: ISC */
/* show --table: one row for each descriptor, in aligned columns. */
#ifndef VERB_SHOW_TABLE_H
#define VERB_SHOW_TABLE_H

#include <sys/types.h>

#include "inspect/fd.h"

struct show_table;

struct show_table *show_table_new(void);
void show_table_free(struct show_table *table);

/* Adds a row. PID is 0 for a descriptor of this process. Returns 0, or -1 with errno. */
int show_table_add(struct show_table *table, const struct fd_facts *facts, pid_t pid, const char *comm);

/*
 * Writes the table to standard output, truncated to the width of the terminal if it is one. Returns 0, or -1 with
 * errno.
 */
int show_table_print(const struct show_table *table);

#endif
