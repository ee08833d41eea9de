/* SPDX-License-Identifier: ISC */
/*
 * Implements --pid-file=PATH. The file is written atomically, and removed at exit. A process can have only one such
 * file.
 */
#ifndef CLI_PID_FILE_H
#define CLI_PID_FILE_H

#include "base/fail.h"

/*
 * Writes the process ID to PATH. The string must stay valid. Replaces an existing regular file atomically. Reports an
 * error for other existing files. Returns 0, or -1 with *FAIL; then PATH is unchanged.
 */
int pid_file_write(const char *path, struct fail *fail);

/* Removes the file, unless another process has replaced it. Does nothing if no file was written. Async-signal-safe. */
void pid_file_remove(void);

#endif
