/* SPDX-License-Identifier: ISC */
/* Executing a COMMAND, and checking beforehand that it can be executed. */
#ifndef EXEC_COMMAND_H
#define EXEC_COMMAND_H

#include "base/fail.h"

/*
 * Looks for NAME as execvp(3) does. Returns 0, or -1 with *FAIL, whose reason is FAIL_NOT_FOUND or
 * FAIL_CANNOT_RUN.
 */
int command_check(const char *name, struct fail *fail);

/* execvp(3) with the inherited disposition of SIGPIPE. Returns only on failure: -1 with *FAIL, as command_check(). */
int command_exec(char *const *argv, struct fail *fail);

#endif
