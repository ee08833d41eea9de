/* SPDX-License-Identifier: ISC */
/*
 * Identifies the file system of a descriptor by properties that cannot be forged: the device number of an internal
 * mount of the kernel, or the magic number that the kernel returns.
 */
#ifndef INSPECT_SUPERBLOCK_H
#define INSPECT_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/fd.h"

#define MAGIC_BPF	  0xcafe4a11U
#define MAGIC_DEVPTS	  0x1cd1U
#define MAGIC_GUEST_MEMFD 0x474d454dU
#define MAGIC_SECRETMEM	  0x5345434dU

/*
 * Returns true if ST describes a file on a mount that memfd_create(2) uses, with or without huge pages. Returns false
 * for all other files, and if no memfd can be created for comparison.
 */
bool superblock_is_memfd(const struct file_stat *st);

/*
 * Returns the magic number of FD's file system, or 0 if the number is unknown. A helper makes the query, because a file
 * server may not respond.
 */
uint32_t superblock_magic(int fd);

/*
 * Returns the name of the file system type with this magic number, as in /proc/filesystems. Returns NULL if the number
 * is unknown.
 */
const char *superblock_type(uint32_t magic);

#endif
