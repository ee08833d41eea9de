/* SPDX-License-Identifier: ISC */
/* Facts of /proc about descriptors of this process. /proc is looked up once and kept open (close-on-exec,
 * above 2), again after a fork; what it has for single descriptors is kept for a while. None of these calls reaches the
 * file system or the driver of the descriptor.
 */
#ifndef INSPECT_PROC_H
#define INSPECT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

/* What the kernel has at hand of /proc/self/PATH, a link followed. Returns 0, or -1 with errno. */
int proc_stat_path(const char *path, struct file_stat *st);

/*
 * /proc/self itself, O_PATH; it stays ours. Whoever calls this early has a number set aside for the time when none is
 * left. Returns the descriptor, or -1 with errno.
 */
int proc_directory(void);

/* Opens /proc/self/PATH for reading, close-on-exec and above 2. Returns the descriptor, or -1 with errno. */
int proc_open(const char *path);

/* The text of /proc/self/fd/FD, not NUL-terminated. Returns its length, or -1 with errno. */
ssize_t proc_readlink(int fd, char *buffer, size_t size);

/* The text of /proc/self/fdinfo/FD from offset AT on. Returns how many bytes came, 0 at the end, or -1 with errno. */
ssize_t proc_read_info(int fd, char *buffer, size_t size, off_t at);

/*
 * True if these two keep something open to be faster when they are asked about the same number again. They do so where
 * there are numbers to spare.
 */
bool proc_cache_active(void);

/* Closes that. */
void proc_cache_drop(void);

/* Closes all that is kept. It comes back by itself when it is needed again. */
void proc_close(void);

#endif
