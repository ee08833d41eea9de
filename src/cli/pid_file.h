/* SPDX-License-Identifier: ISC */
/*
 * Implements --pid-file=PATH. The PID file is written atomically, and removed at exit. A process can have only one PID
 * file.
 */
#ifndef CLI_PID_FILE_H
#define CLI_PID_FILE_H

#include "base/fail.h"

/*
 * Writes the process ID to the file PATH. The string PATH must stay valid until pid_file_remove() has been called.
 * Replaces an existing regular file atomically. Reports an error if PATH exists and is not a regular file. Returns 0,
 * or -1 with *FAIL, leaving PATH unchanged.
 */
int pid_file_write(const char *path, struct fail *fail);

/*
 * Removes the PID file, unless another process has replaced it. Does nothing if pid_file_write() has not written a
 * file. Async-signal-safe.
 */
void pid_file_remove(void);

#endif
