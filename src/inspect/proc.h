/* SPDX-License-Identifier: ISC */
/*
 * Facts in /proc about descriptors of this process. /proc is looked up once and kept open (close-on-exec, above 2),
 * again after a fork; the files of single descriptors are kept open for a while. None of these calls reaches the file
 * system or the driver of the descriptor.
 */
#ifndef INSPECT_PROC_H
#define INSPECT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

/* Returns cached attributes of /proc/self/PATH, following links. Returns 0, or -1 with errno. */
int proc_stat_path(const char *path, struct file_stat *st);

/*
 * Returns an O_PATH descriptor of /proc/self, which must not be closed, or -1 with errno. Call it early: it then works
 * even after the limit on open files has been reached.
 */
int proc_directory(void);

/* Opens /proc/self/PATH for reading, close-on-exec and above 2. Returns the descriptor, or -1 with errno. */
int proc_open(const char *path);

/* Reads the text of /proc/self/fd/FD, not NUL-terminated. Returns its length, or -1 with errno. */
ssize_t proc_readlink(int fd, char *buffer, size_t size);

/*
 * Reads the text of /proc/self/fdinfo/FD from offset AT on. Returns the number of bytes, 0 at the end, or -1 with
 * errno.
 */
ssize_t proc_read_info(int fd, char *buffer, size_t size, off_t at);

/*
 * Returns true if proc_readlink() and proc_read_info() keep files open, which is faster when the same number is used
 * again. They do so if enough numbers are free.
 */
bool proc_cache_active(void);

/* Closes the files that proc_readlink() and proc_read_info() keep open. */
void proc_cache_drop(void);

/* Does the same as proc_cache_drop(), and closes /proc itself. All are opened again when needed. */
void proc_close(void);

#endif
