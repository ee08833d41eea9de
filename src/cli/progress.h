/* SPDX-License-Identifier: ISC */
/* The progress line of --verbose on standard error, if that is a terminal. Otherwise these functions do nothing. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Starts to update the line twice a second, by SIGALRM. Does nothing if WANTED is false, if standard error is not a
 * terminal, or if messages are shown on a terminal: DUMP_FD (-1: they are not shown).
 */
void progress_begin(bool wanted, int dump_fd);

/* Counts one message. */
void progress_count(size_t descriptors, size_t bytes);

/* Erases the line so that something else can be written; the next update restores it. Async-signal-safe. */
void progress_clear(void);

/* Prints the final totals and stops. Call this also before executing a command, which would inherit the timer. */
void progress_end(void);

#endif
