/* SPDX-License-Identifier: ISC */
/*
 * Reads struct msghdr, mmsghdr and iovec from a program's memory, in the layout of any system call interface of this
 * machine.
 */
#ifndef WATCH_HEADER_H
#define WATCH_HEADER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "watch/abi.h"
#include "watch/memory.h"

/* A msghdr with its pointers converted to integers. */
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

#define HEADER_BUFFERS_MAX 1024 /* UIO_MAXIOV, the maximum number of iovecs in a system call */

/*
 * Reads the iovec array of HEADER into PIECES, which has HEADER_BUFFERS_MAX elements. Returns the number of elements
 * read. If fewer elements were read than HEADER specifies, errno is set.
 */
size_t header_buffers(
    const struct abi *abi, struct memory *memory, const struct header *header, struct memory_piece *pieces);

/*
 * Converts 32-bit control data at FROM to the layout of this process at TO, a buffer of SIZE bytes. Converts each
 * control message separately, like the kernel. Truncated or malformed control messages remain truncated or malformed.
 * Returns the number of bytes written to TO.
 */
size_t header_convert_control(const void *from, size_t length, void *to, size_t size);

/* Returns the maximum size that LENGTH bytes of control data can have after conversion. */
size_t header_converted_size(size_t length);

#endif
