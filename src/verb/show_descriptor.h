/* SPDX-License-Identifier: ISC */
/* Shows one descriptor for the verb show: describes it, or adds it to the table of --table. */
#ifndef VERB_SHOW_DESCRIPTOR_H
#define VERB_SHOW_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"
#include "inspect/holders.h"
#include "inspect/same.h"
#include "cli/options.h"
#include "receive/dump.h"
#include "verb/show_table.h"

/* The state of this verb. */
struct show {
	const struct options *options;
	struct dump_output dump;
	struct show_table *table;
	struct holders *holders;
	struct same_index *same;
	bool failed; /* a DESCRIPTOR operand could not be shown */
};

/*
 * The descriptor to show. NUMBER is its number in the process PID. FD is the descriptor itself if PID is 0, or a
 * duplicate in this process.
 */
struct shown {
	int fd, number;
	pid_t pid; /* the process whose descriptor is shown; 0: this process */
	const char *comm;
	const char *name;
	size_t name_length;
};

/* Shows a descriptor, unless --only excludes it. Returns 0, or -1 with *FAIL. */
int show_descriptor(struct show *show, const struct shown *shown, struct fail *fail);

#endif
