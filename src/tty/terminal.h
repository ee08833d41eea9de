/* SPDX-License-Identifier: ISC */
/*
 * The user's terminal while it serves a pseudo-terminal: raw, and with its size copied to the pseudo-terminal. Its
 * modes are restored however the process ends or stops, and set again when it continues. One per process.
 */
#ifndef TTY_TERMINAL_H
#define TTY_TERMINAL_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * From now on MASTER has the size of the terminal FD, including later changes. If RAW is set, every key is sent to
 * MASTER, including Ctrl-C and Ctrl-Z. SIGTSTP restores the terminal before it stops the process; SIGCONT sets the
 * modes again, unless the process is in the background: then terminal_check() does so when it is in the foreground.
 * Returns 0, or -1 with *FAIL, the terminal unchanged.
 */
int terminal_begin(int fd, bool raw, int master, struct fail *fail);

/* Sets the size of the terminal TO to that of FROM, if it is known. */
void terminal_pass_size(int from, int to);

/* Returns false if the terminal should become raw but the process is in the background; it must not be read then. */
bool terminal_check(void);

/* Restores the terminal and the signal handlers. Does nothing if terminal_begin() was not called. */
void terminal_end(void);

/* Restores only the terminal. Async-signal-safe: for a process that ends. */
void terminal_restore(void);

#endif
