/* SPDX-License-Identifier: ISC */
/*
 * Identifies the file system of a descriptor by facts that cannot be forged: the device of a kernel-internal mount, or
 * the magic number that the kernel returns.
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
 * Returns true if ST describes a file on the mount that memfd_create(2) uses, with or without huge pages. Returns false
 * if it is not, or if no memfd can be created for comparison.
 */
bool superblock_is_memfd(const struct file_stat *st);

/*
 * Returns the magic number of the file system of FD, 0 if it is unknown. Queried in a helper, as a file server may not
 * respond.
 */
uint32_t superblock_magic(int fd);

/* Returns the file system type with this magic number, as in /proc/filesystems; NULL if it is unknown. */
const char *superblock_type(uint32_t magic);

#endif
