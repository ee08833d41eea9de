/* SPDX-License-Identifier: ISC */
/* --timeout for operations that can block before there is a socket: reading standard input, opening a FIFO. */
#ifndef CLI_SETUP_TIMEOUT_H
#define CLI_SETUP_TIMEOUT_H

#include <stdint.h>

/*
 * Until setup_timeout_end(), the process exits at DEADLINE (FDPASS_NEVER: never) with status 124, after printing WHAT
 * and removing the paths that it created. Uses SIGALRM and the real-time timer.
 */
void setup_timeout_begin(int64_t deadline, const char *what);
void setup_timeout_end(void);

#endif
