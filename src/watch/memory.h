/* SPDX-License-Identifier: ISC */
/*
 * Reads the memory of a traced thread. It may change at any time, so decisions based on a value always use the copy,
 * never a second read.
 */
#ifndef WATCH_MEMORY_H
#define WATCH_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads up to LENGTH bytes at ADDRESS of thread TID. Returns the number of bytes read from its beginning, with errno if
 * there are fewer.
 */
size_t memory_read(pid_t tid, uint64_t address, void *buffer, size_t length);

/* One piece of memory. */
struct memory_piece {
	uint64_t address;
	size_t length;
};

/*
 * Reads COUNT pieces in order into BUFFER, at most SIZE bytes. Returns the number of bytes before the first unreadable
 * one, with errno if not all could be read.
 */
size_t memory_gather(pid_t tid, const struct memory_piece *pieces, size_t count, void *buffer, size_t size);

#endif
