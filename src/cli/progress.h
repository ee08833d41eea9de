/* SPDX-License-Identifier: ISC */
/*
 * Prints the progress line of --verbose on standard error. If standard error is not a terminal, the functions in this
 * file do nothing.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Starts to update the progress line twice a second, using SIGALRM. DUMP_FD is the descriptor to which messages are
 * dumped, or -1. Does nothing if WANTED is false, if standard error is not a terminal, or if DUMP_FD is a terminal.
 */
void progress_begin(bool wanted, int dump_fd);

/* Counts one message. */
void progress_count(size_t descriptors, size_t bytes);

/*
 * Erases the progress line, so that other text can be written to the terminal. The next update prints the progress line
 * again. Async-signal-safe.
 */
void progress_clear(void);

/*
 * Prints the final totals and stops updating the progress line. Must also be called before execve(2), because the
 * executed command would inherit the timer.
 */
void progress_end(void);

#endif
