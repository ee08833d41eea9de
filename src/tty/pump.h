/* SPDX-License-Identifier: ISC */
/* Copies data between this process and a pseudo-terminal, in both directions. */
#ifndef TTY_PUMP_H
#define TTY_PUMP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "tty/detach_keys.h"

#define PUMP_DETACHED 1

/*
 * Copies input from IN (-1: no input) to MASTER, and output from MASTER to OUT. Neither direction blocks the other
 * direction, even if the descriptors do not have O_NONBLOCK. At the end of IN, writes the terminal's end-of-file
 * character to MASTER. A program that changes the terminal's modes at this time may not receive the end-of-file
 * character. Therefore, pump_run() writes the character again while the slave side is open, at intervals that double
 * from 1 second to about a minute. Returns 0 after the slave side was closed and all of its output was written,
 * PUMP_DETACHED after KEYS were typed, or -1 with *FAIL.
 */
int pump_run(int in, int out, int master, const struct detach_keys *keys, struct fail *fail);

/*
 * Called when MASTER reports that the slave side is closed. Most programs close the slave side only when they exit. If
 * MASTER were closed while such programs exit, SIGHUP would kill them. Therefore, pump_is_over() waits at most half a
 * second until the session on the pseudo-terminal has ended. Returns false if the slave side was opened again.
 */
bool pump_is_over(int master);

/*
 * Reads from MASTER without blocking, even if the process that sent MASTER reads from its own duplicate at the same
 * time. The sending process can enable packet mode (TIOCPKT) at any time, too. In packet mode, each read would begin
 * with a status byte, so packet mode is disabled before the read. Returns the result of read(2).
 */
ssize_t pump_read_master(int master, void *buffer, size_t size);

/*
 * Opens the terminal FD again, so that O_NONBLOCK can be set on the new descriptor without affecting other processes.
 * Returns the new descriptor, or -1.
 */
int pump_reopen(int fd);

#endif
