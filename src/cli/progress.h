/* SPDX-License-Identifier: ISC */
/*
 * Prints the progress line of --verbose on standard error. If standard error is not a terminal, these functions do
 * nothing.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Starts to update the line twice a second, using SIGALRM. Does nothing if WANTED is false, or if standard error is not
 * a terminal. Also does nothing if DUMP_FD, the descriptor on which messages are shown, is a terminal (-1: messages are
 * not shown).
 */
void progress_begin(bool wanted, int dump_fd);

/* Counts one message. */
void progress_count(size_t descriptors, size_t bytes);

/* Erases the line so that other text can be written. The next update prints it again. Async-signal-safe. */
void progress_clear(void);

/*
 * Prints the final totals and stops the updates. Must also be called before a command is executed, because the command
 * would inherit the timer.
 */
void progress_end(void);

#endif
