/* SPDX-License-Identifier: ISC */
/*
 * Controls the user's terminal while it is connected to a pseudo-terminal. Sets raw mode, and sets the size of the
 * pseudo-terminal to the size of the user's terminal. Restores the terminal's modes when the process exits or stops,
 * and sets raw mode again when the process continues. A process can have only one such terminal.
 */
#ifndef TTY_TERMINAL_H
#define TTY_TERMINAL_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * Sets the size of the pseudo-terminal MASTER to the size of the terminal FD, now and after each change of the size. If
 * RAW is set, switches FD to raw mode, so that every key is sent to MASTER, including Ctrl-C and Ctrl-Z. On SIGTSTP,
 * restores the modes before the process stops. On SIGCONT, sets raw mode again if the process is in the foreground. If
 * the process is in the background, terminal_check() sets raw mode later. Returns 0, or -1 with *FAIL. On failure, the
 * terminal is unchanged.
 */
int terminal_begin(int fd, bool raw, int master, struct fail *fail);

/* Sets the size of the terminal TO to the size of the terminal FROM, if the size of FROM is known. */
void terminal_pass_size(int from, int to);

/*
 * Returns false if the terminal must not be read, because the process is in the background and could not set raw mode.
 */
bool terminal_check(void);

/* Restores the terminal's modes and the signal handlers. Does nothing if terminal_begin() was not called. */
void terminal_end(void);

/* Restores only the terminal's modes, not the signal handlers. Called before the process exits. Async-signal-safe. */
void terminal_restore(void);

#endif
