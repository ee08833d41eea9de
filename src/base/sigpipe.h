/* SPDX-License-Identifier: ISC */
/*
 * fdpass ignores SIGPIPE, so that writing to a closed pipe returns an error that can be reported. COMMAND gets the
 * inherited disposition of SIGPIPE.
 */
#ifndef BASE_SIGPIPE_H
#define BASE_SIGPIPE_H

#include "base/fail.h"

void sigpipe_ignore(void);
void sigpipe_restore(void);

/*
 * Fills FAIL after a failed write to standard output. If the reader has closed the pipe, and SIGPIPE was not ignored
 * when the program started, sets fail->reason to FAIL_READER_GONE. The program then terminates with SIGPIPE, without a
 * message. Returns -1.
 */
int sigpipe_output_failed(struct fail *fail);

/* Terminates the process with SIGPIPE. Returns only if the signal is blocked. */
void sigpipe_raise(void);

#endif
