/* SPDX-License-Identifier: ISC */
/*
 * Our terminal while it serves a pseudo-terminal: raw, and the other one's size kept like ours. It is given back as it
 * was found however the process ends or stops, and taken again when it goes on. One a process.
 */
#ifndef TTY_TERMINAL_H
#define TTY_TERMINAL_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * From now on MASTER has the size of the terminal FD, changes included. With RAW every key goes to MASTER: Ctrl-C and
 * Ctrl-Z, too. SIGTSTP gives the terminal back before it stops the process; SIGCONT takes it again, unless the process
 * is in the background: then terminal_check() does, once it is not. Returns 0, or -1 with *FAIL, the terminal
 * untouched.
 */
int terminal_begin(int fd, bool raw, int master, struct fail *fail);

/* Makes the terminal TO as large as FROM is, if that is known. */
void terminal_pass_size(int from, int to);

/* Returns false if the terminal should become raw but the process is in the background; it must not be read then. */
bool terminal_check(void);

/* Gives the terminal back, the signals' handlers too. Nothing happens if it was not begun. */
void terminal_end(void);

/* Gives only the terminal back. Async-signal-safe: for a process that ends. */
void terminal_restore(void);

#endif
