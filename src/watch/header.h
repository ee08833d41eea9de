/* SPDX-License-Identifier: ISC */
/* Reads struct msghdr, mmsghdr and iovec, in the layout of any interface of this machine, from a program's memory. */
#ifndef WATCH_HEADER_H
#define WATCH_HEADER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "watch/abi.h"
#include "watch/memory.h"

/* A msghdr with its pointers as integers. */
struct header {
	uint64_t name;
	uint32_t name_length;
	uint64_t buffers;
	uint64_t buffer_count;
	uint64_t control;
	uint64_t control_length;
	uint32_t flags;
};

/* Reads the msghdr at ADDRESS. Returns 0, or -1 with errno. */
int header_read(const struct abi *abi, struct memory *memory, uint64_t address, struct header *header);

/* Returns the address of element INDEX of an array of mmsghdr. */
uint64_t header_element(const struct abi *abi, uint64_t address, size_t index);

/* Reads msg_len of the mmsghdr at ADDRESS. Returns 0, or -1 with errno. */
int header_element_length(const struct abi *abi, struct memory *memory, uint64_t address, uint32_t *length);

#define HEADER_BUFFERS_MAX 1024 /* UIO_MAXIOV: the maximum of any call */

/*
 * Reads the iovec array of HEADER into PIECES (of HEADER_BUFFERS_MAX). Returns their number; fewer than the header has,
 * with errno, if not all could be read.
 */
size_t header_buffers(
    const struct abi *abi, struct memory *memory, const struct header *header, struct memory_piece *pieces);

/*
 * Converts control data of 32-bit layout at FROM into the layout of this process at TO, of SIZE bytes, item by item as
 * the kernel does. A truncated or malformed item remains so. Returns the length at TO.
 */
size_t header_convert_control(const void *from, size_t length, void *to, size_t size);

/* Returns the maximum size of LENGTH bytes after conversion. */
size_t header_converted_size(size_t length);

#endif
