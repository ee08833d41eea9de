/* SPDX-License-Identifier: ISC */
/*
 * fdpass ignores SIGPIPE, so that a write to a closed pipe fails with an error that fdpass can report. COMMAND gets the
 * inherited action of SIGPIPE.
 */
#ifndef BASE_SIGPIPE_H
#define BASE_SIGPIPE_H

#include "base/fail.h"

void sigpipe_ignore(void);
void sigpipe_restore(void);

/*
 * Describes a failed write to standard output in *FAIL. If the reader has closed the pipe, and SIGPIPE had its default
 * action when the program started, sets fail->reason to FAIL_READER_GONE. If the reason is FAIL_READER_GONE, the
 * program terminates itself with SIGPIPE and prints no message. Returns -1.
 */
int sigpipe_output_failed(struct fail *fail);

/* Terminates this process with SIGPIPE. Returns only if SIGPIPE is blocked. */
void sigpipe_raise(void);

#endif
