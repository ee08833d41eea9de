/* SPDX-License-Identifier: ISC */
/* Executes a COMMAND, or checks whether a COMMAND can be executed. */
#ifndef EXEC_COMMAND_H
#define EXEC_COMMAND_H

#include "base/fail.h"

/*
 * Searches for the program NAME as execvp(3) does. Returns 0, or -1 with *FAIL. fail->reason is FAIL_NOT_FOUND or
 * FAIL_CANNOT_RUN.
 */
int command_check(const char *name, struct fail *fail);

/*
 * Calls execvp(3) with the inherited action of SIGPIPE. Returns only if execvp(3) has failed: -1 with *FAIL, like
 * command_check().
 */
int command_exec(char *const *argv, struct fail *fail);

#endif
