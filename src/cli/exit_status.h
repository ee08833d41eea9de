/* SPDX-License-Identifier: ISC */
/*
 * The exit statuses of fdpass, which are documented in the section EXIT STATUS of fdpass(1). The values never change.
 */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

#include "base/fail.h"

enum {
	EXIT_DONE = 0,
	EXIT_TIMEOUT = 124,
	EXIT_FAILED = 125, /* fdpass itself has failed: usage error, failed system call, refused or truncated message */
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGPIPE = 256 /* not an exit status: main() terminates the process with SIGPIPE */
};

/* Returns the exit status that corresponds to FAIL. Prints nothing. */
int exit_status(const struct fail *fail);

#endif
