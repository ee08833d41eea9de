/* SPDX-License-Identifier: ISC */
/*
 * One line on standard error that counts what passes, for somebody who watches: with --verbose, on a terminal. Elsewhere
 * nothing of this does anything.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Begins to show the line twice a second, by SIGALRM, if WANTED and standard error is a terminal, and what is dumped does
 * not go to one (DUMP_FD; -1 if nothing is dumped).
 */
void progress_begin(bool wanted, int dump_fd);

/* One message passed. */
void progress_count(size_t descriptors, size_t bytes);

/* Takes the line away, so that something else can be written; it comes again. Async-signal-safe. */
void progress_clear(void);

/* Shows the totals for good and ends. Before a program takes this one's place, too: it would get the alarms. */
void progress_end(void);

#endif
