/* SPDX-License-Identifier: ISC */
/*
 * Implements --timeout for operations that can block before a socket is open, such as reading standard input or opening
 * a FIFO.
 */
#ifndef CLI_SETUP_TIMEOUT_H
#define CLI_SETUP_TIMEOUT_H

#include <stdint.h>

/*
 * Sets a time limit that applies until setup_timeout_end() is called. At DEADLINE (FDPASS_NEVER: no limit), the process
 * prints the message WHAT, removes the paths that it has created, and exits with status 124. Uses SIGALRM and the timer
 * ITIMER_REAL.
 */
void setup_timeout_begin(int64_t deadline, const char *what);
void setup_timeout_end(void);

#endif
