/* SPDX-License-Identifier: ISC */
/* Executes a COMMAND, or checks whether it can be executed. */
#ifndef EXEC_COMMAND_H
#define EXEC_COMMAND_H

#include "base/fail.h"

/* Searches for NAME like execvp(3). Returns 0, or -1 with *FAIL, whose reason is FAIL_NOT_FOUND or FAIL_CANNOT_RUN. */
int command_check(const char *name, struct fail *fail);

/*
 * Calls execvp(3) with the inherited disposition of SIGPIPE. Returns only on failure: -1 with *FAIL, like
 * command_check().
 */
int command_exec(char *const *argv, struct fail *fail);

#endif
