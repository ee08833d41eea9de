/* SPDX-License-Identifier: ISC */
/* Whether a COMMAND can be run, before anything depends on it. */
#ifndef EXEC_COMMAND_H
#define EXEC_COMMAND_H

#include "base/fail.h"

/*
 * Looks for NAME as execvp(3) does. Returns 0, or -1 with *FAIL, whose status is 127 if there is no such command and
 * 126 if it may not be executed.
 */
int command_check(const char *name, struct fail *fail);

#endif
