/* SPDX-License-Identifier: ISC */
/*
 * Reading the memory of a traced thread. It may change at any time, so whatever is decided by a value that was read
 * uses the copy, never a second reading.
 */
#ifndef WATCH_MEMORY_H
#define WATCH_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads up to LENGTH bytes at ADDRESS of thread TID. Returns how many could be read from its beginning; errno if fewer. */
size_t memory_read(pid_t tid, uint64_t address, void *buffer, size_t length);

/* One piece of memory. */
struct memory_piece {
	uint64_t address;
	size_t length;
};

/*
 * Reads COUNT pieces one after the other into BUFFER, at most SIZE bytes. Returns how many bytes could be read before
 * the first that could not; errno if not all.
 */
size_t memory_gather(pid_t tid, const struct memory_piece *pieces, size_t count, void *buffer, size_t size);

#endif
