/* SPDX-License-Identifier: ISC */
/* The DESCRIPTORs of a command line, opened as the options say; what appears on disk goes away by signals too. */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "source/source.h"
#include "cli/options.h"

/*
 * Opens them, waiting for no FIFO's other end if they are only looked at (LOOKS_ONLY), and says with --verbose where those that listen
 * really are. Returns 0, or -1 with *FAIL.
 */
int sources_open(struct source_list *sources, const struct options *options, char *const *texts, size_t count,
    bool looks_only, struct fail *fail);

#endif
