/* SPDX-License-Identifier: ISC */
/*
 * Reads information about descriptors of this process from /proc. The directory /proc/self stays open (close-on-exec,
 * above 2), and is opened again after a fork. Files of single descriptors are cached for some time. These calls never
 * reach the file system or the driver of the descriptor.
 */
#ifndef INSPECT_PROC_H
#define INSPECT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

/* Returns cached attributes of /proc/self/PATH. Follows symbolic links. Returns 0, or -1 with errno. */
int proc_stat_path(const char *path, struct file_stat *st);

/*
 * Returns an O_PATH descriptor of /proc/self, which the caller must not close, or -1 with errno. If it is called early,
 * it works even after the limit on open files was reached.
 */
int proc_directory(void);

/* Opens /proc/self/PATH for reading. Returns the descriptor, which is close-on-exec and above 2, or -1 with errno. */
int proc_open(const char *path);

/* Reads the link /proc/self/fd/FD. The result is not NUL-terminated. Returns its length, or -1 with errno. */
ssize_t proc_readlink(int fd, char *buffer, size_t size);

/*
 * Reads /proc/self/fdinfo/FD, beginning at offset AT. Returns the number of bytes, 0 at end of file, or -1 with errno.
 */
ssize_t proc_read_info(int fd, char *buffer, size_t size, off_t at);

/*
 * Returns true if proc_readlink() and proc_read_info() keep files open, which is faster if the same descriptor number
 * is used again. They keep files open only if enough descriptor numbers are free.
 */
bool proc_cache_active(void);

/* Closes the files that proc_readlink() and proc_read_info() keep open. */
void proc_cache_drop(void);

/* Like proc_cache_drop(), but also closes /proc/self. All files are opened again when they are needed. */
void proc_close(void);

#endif
