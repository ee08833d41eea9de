/* SPDX-License-Identifier: ISC */
/* Copies data between this process and a pseudo-terminal, in both directions. */
#ifndef TTY_PUMP_H
#define TTY_PUMP_H

#include <stdbool.h>

#include "base/fail.h"
#include "tty/detach_keys.h"

#define PUMP_DETACHED 1

/*
 * Copies input from IN (-1: none) to MASTER and output from MASTER to OUT, until the other side is closed and all of
 * its output is written, or until the detach keys KEYS are typed. Neither direction blocks the other, whatever the
 * flags of the open files are. At the end of IN, the terminal's end-of-file character is typed. A program that changes
 * the terminal's modes at that moment does not see the character, so it is typed again while the other side is open, at
 * intervals that double from 1 second to about a minute. Returns 0 when the other side is closed, PUMP_DETACHED, or -1
 * with *FAIL.
 */
int pump_run(int in, int out, int master, const struct detach_keys *keys, struct fail *fail);

/*
 * Called when MASTER reports that the other side is closed. Most programs close it only when they exit, and closing the
 * master then would kill them by SIGHUP: so this waits for the end of their session, for at most half a second. Returns
 * false if the other side was opened again.
 */
bool pump_is_over(int master);

/*
 * Opens the terminal FD again. The new descriptor can be non-blocking without affecting other processes that have the
 * terminal open. Returns it, or -1.
 */
int pump_reopen(int fd);

#endif
