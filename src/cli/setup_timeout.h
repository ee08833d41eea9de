/* SPDX-License-Identifier: ISC */
/* --timeout holds for what may wait for others before there is a socket: standard input, and a FIFO that is opened. */
#ifndef CLI_SETUP_TIMEOUT_H
#define CLI_SETUP_TIMEOUT_H

#include <stdint.h>

/*
 * From here to setup_timeout_end() the process ends at DEADLINE (FDPASS_NEVER: it does not) with the status for that,
 * one line about WHAT, and without leaving a path behind. Takes SIGALRM and the timer meanwhile.
 */
void setup_timeout_begin(int64_t deadline, const char *what);
void setup_timeout_end(void);

#endif
