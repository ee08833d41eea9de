/* SPDX-License-Identifier: ISC */
/*
 * Calls statx(2) with AT_STATX_DONT_SYNC. AT_STATX_DONT_SYNC requests cached attributes, so that the kernel contacts no
 * file server.
 */
#ifndef BASE_FILESTAT_H
#define BASE_FILESTAT_H

#include <stdbool.h>
#include <stdint.h>

struct file_stat {
	uint32_t mode, nlink, uid, gid;
	uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
	uint32_t block_size;
	uint64_t ino, size, mnt_id;
	bool has_mnt_id, mount_root;
	bool without_mount; /* statx(2) is denied, so nothing is known about the mount */
};

/* Returns 0 and fills *ST, or returns -1 with errno. */
int file_stat(int fd, struct file_stat *st);

/* Like file_stat(), for PATH relative to the directory AT. Follows symbolic links. */
int file_stat_at(int at, const char *path, struct file_stat *st);

#endif
