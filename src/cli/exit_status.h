/* SPDX-License-Identifier: ISC */
/* The exit statuses of fdpass(1). They are part of the interface: see EXIT STATUS in the manual. */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

#include "base/fail.h"

enum {
	EXIT_DONE = 0,
	EXIT_TIMEOUT = 124,
	EXIT_FAILED = 125, /* fdpass itself failed: usage, system call, refused, truncated */
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGPIPE = 256 /* not a status: main() ends the process by SIGPIPE */
};

/* The exit status for FAIL. Prints nothing. */
int exit_status(const struct fail *fail);

#endif
