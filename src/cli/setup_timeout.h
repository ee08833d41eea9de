/* SPDX-License-Identifier: ISC */
/*
 * Implements --timeout for operations that can block before a socket is open: reading standard input, opening a FIFO.
 */
#ifndef CLI_SETUP_TIMEOUT_H
#define CLI_SETUP_TIMEOUT_H

#include <stdint.h>

/*
 * Sets a time limit until setup_timeout_end() is called. At DEADLINE (FDPASS_NEVER: no limit), the process prints WHAT,
 * removes the paths that it created, and exits with status 124. Uses SIGALRM and the real-time timer.
 */
void setup_timeout_begin(int64_t deadline, const char *what);
void setup_timeout_end(void);

#endif
