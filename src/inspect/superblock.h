/* SPDX-License-Identifier: ISC */
/*
 * On which file system a descriptor is, decided by what nobody can fake: the device of a mount that only the kernel has, or
 * the magic number that it returns for the file system.
 */
#ifndef INSPECT_SUPERBLOCK_H
#define INSPECT_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/fd.h"

#define MAGIC_BPF	  0xcafe4a11U
#define MAGIC_GUEST_MEMFD 0x474d454dU
#define MAGIC_SECRETMEM	  0x5345434dU

/*
 * True if ST is of a file on the mount that memfd_create(2) uses, with or without huge pages. False if it is not, or if no
 * memfd can be created to compare with.
 */
bool superblock_is_memfd(const struct file_stat *st);

/* The magic number of the file system that FD is on: 0 if it is unknown. Asked in a helper, as a file server may not answer. */
uint32_t superblock_magic(int fd);

/* The type of a file system with this magic number, as /proc/filesystems has it; NULL if unknown. */
const char *superblock_type(uint32_t magic);

#endif
