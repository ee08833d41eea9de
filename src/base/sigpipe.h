/* SPDX-License-Identifier: ISC */
/*
 * SIGPIPE is ignored in fdpass, so that writing to a closed pipe is an error that can be reported. COMMAND gets the
 * inherited disposition.
 */
#ifndef BASE_SIGPIPE_H
#define BASE_SIGPIPE_H

#include "base/fail.h"

void sigpipe_ignore(void);
void sigpipe_restore(void);

/*
 * Fills FAIL for a failed write to standard output. If the reader has closed it and SIGPIPE was not ignored when the
 * program started, fail->reason is FAIL_READER_GONE: the program then ends by that signal, without a message. Returns
 * -1.
 */
int sigpipe_output_failed(struct fail *fail);

/* Ends the process by SIGPIPE. Returns only if the signal is blocked. */
void sigpipe_raise(void);

#endif
