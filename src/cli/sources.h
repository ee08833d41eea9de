/* SPDX-License-Identifier: ISC */
/*
 * Opens the DESCRIPTOR operands of a command line. If a signal terminates the process, the paths that were created for
 * DESCRIPTOR operands are removed.
 */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "source/source.h"
#include "cli/options.h"

/*
 * Opens the COUNT DESCRIPTOR operands in TEXTS. If INSPECT_ONLY is true, does not wait until another process opens the
 * other end of a FIFO. If --verbose is set, prints the addresses of listening sockets. Returns 0, or -1 with *FAIL.
 */
int sources_open(struct source_list *sources, const struct options *options, char *const *texts, size_t count,
    bool inspect_only, struct fail *fail);

#endif
