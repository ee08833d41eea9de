/* SPDX-License-Identifier: ISC */
/* Bytes between us and a pseudo-terminal, both ways. */
#ifndef TTY_PUMP_H
#define TTY_PUMP_H

#include <stdbool.h>

#include "base/fail.h"
#include "tty/detach_keys.h"

#define PUMP_DETACHED 1

/*
 * Copies input from IN (-1: none) to MASTER and output from MASTER to OUT, until the other side is
 * closed and all of its output is written, or until KEYS are typed. Neither direction blocks the other, whatever the
 * flags of the open files are.
 *
 * At the end of IN the terminal's end-of-file character is typed, as a person would. Because a program that changes
 * the terminal's modes at that moment does not see it, it is typed again, after one second, two, four and so on up to
 * a minute, for as long as the other side is open.
 *
 * Returns 0 when the other side is closed, PUMP_DETACHED, or -1 with *FAIL.
 */
int pump_run(int in, int out, int master, const struct detach_keys *keys, struct fail *fail);

/*
 * To be called when MASTER reports that the other side is closed. Most programs close it only when they exit, and
 * closing the master then would kill them by SIGHUP: so this waits for the end of their session, for at most half a
 * second. Returns false if the other side was opened again.
 */
bool pump_is_over(int master);

/*
 * A descriptor of our own on the terminal FD, which can be non-blocking without being so for everybody who has it
 * open. -1 if there can be none.
 */
int pump_reopen(int fd);

#endif
