/* SPDX-License-Identifier: ISC */
/* --pid-file=PATH: there, whole, from the moment on when it can be of use, and gone with its process. One a process. */
#ifndef CLI_PID_FILE_H
#define CLI_PID_FILE_H

#include "base/fail.h"

/*
 * Writes this process's id to PATH, which must live on. What is there is replaced in one step if it is a regular file;
 * anything else is left alone. Returns 0, or -1 with *FAIL and nothing left behind.
 */
int pid_file_write(const char *path, struct fail *fail);

/* Removes it if it is still the one that was written. Async-signal-safe. Nothing happens if none was. */
void pid_file_remove(void);

#endif
