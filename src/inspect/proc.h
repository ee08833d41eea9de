/* SPDX-License-Identifier: ISC */
/*
 * Reads information about descriptors of this process from /proc. The directory /proc/self stays open (close-on-exec,
 * with a number above 2), and is opened again after a fork. Files of single descriptors in /proc/self are also kept
 * open for some time. None of these functions calls the file system or the driver of the inspected descriptor.
 */
#ifndef INSPECT_PROC_H
#define INSPECT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

/*
 * Stores the attributes of /proc/self/PATH in *ST, like stat(2), but accepts attributes that the kernel has cached.
 * Follows symbolic links. Returns 0, or -1 with errno.
 */
int proc_stat_path(const char *path, struct file_stat *st);

/*
 * Returns an O_PATH descriptor of /proc/self, which the caller must not close, or -1 with errno. If the first call is
 * made before the process reaches its open file limit, later calls succeed in spite of the limit.
 */
int proc_directory(void);

/* Opens /proc/self/PATH for reading. Returns a close-on-exec descriptor with a number above 2, or -1 with errno. */
int proc_open(const char *path);

/*
 * Reads the link /proc/self/fd/FD. The text in BUFFER is not NUL-terminated. Returns the length of the text, or -1 with
 * errno.
 */
ssize_t proc_readlink(int fd, char *buffer, size_t size);

/*
 * Reads /proc/self/fdinfo/FD, beginning at offset AT. Returns the number of bytes, 0 at end of file, or -1 with errno.
 */
ssize_t proc_read_info(int fd, char *buffer, size_t size, off_t at);

/*
 * Returns true if proc_readlink() or proc_read_info() has kept files open. Open files make the next inspection of a
 * descriptor with the same number faster. Files are kept open only if enough descriptor numbers are free.
 */
bool proc_cache_active(void);

/* Closes the files that proc_readlink() and proc_read_info() keep open. */
void proc_cache_drop(void);

/*
 * Like proc_cache_drop(), but also closes the directory /proc/self. Later calls open the directory and the files again
 * when necessary.
 */
void proc_close(void);

#endif
