/* SPDX-License-Identifier: ISC */
/* --pid-file=PATH: written atomically, and removed at exit. One per process. */
#ifndef CLI_PID_FILE_H
#define CLI_PID_FILE_H

#include "base/fail.h"

/*
 * Writes the process ID to PATH, which must stay valid. Replaces an existing regular file atomically; anything else is
 * an error. Returns 0, or -1 with *FAIL; then PATH is unchanged.
 */
int pid_file_write(const char *path, struct fail *fail);

/* Removes the file if it is still the one that was written. Async-signal-safe. Does nothing if none was written. */
void pid_file_remove(void);

#endif
