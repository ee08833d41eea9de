/* SPDX-License-Identifier: ISC */
/* Bytes between us and a pseudo-terminal, both ways. */
#ifndef TTY_PUMP_H
#define TTY_PUMP_H

#include <stdbool.h>

#include "base/fail.h"
#include "tty/detach_keys.h"

#define PUMP_DETACHED 1

/*
 * Carries what is typed at IN (-1: nothing is) to MASTER and what comes from there to OUT, until the other side is
 * closed and all that it said is written, or KEYS are typed. Neither direction holds up the other, whatever the flags of
 * the open files are.
 *
 * At the end of IN the terminal's end-of-file character is typed, as a person would. Because a program that changes
 * the terminal's modes at that moment does not see it, it is typed again, after one second, two, four and so on up to
 * a minute, for as long as the other side is open.
 *
 * Returns 0 when the other side is closed, PUMP_DETACHED, or -1 with *FAIL.
 */
int pump_run(int in, int out, int master, const struct detach_keys *keys, struct fail *fail);

/*
 * Asked when MASTER says that nobody has the other side open. Most programs close it at their very end, and the signal
 * that goes with our hanging up would then be what ends them: so their session is waited for, half a second at most.
 * False if somebody has opened it again.
 */
bool pump_is_over(int master);

/*
 * A descriptor of our own on the terminal FD, which can be non-blocking without being so for everybody who has it
 * open. -1 if there can be none.
 */
int pump_reopen(int fd);

#endif
