/* SPDX-License-Identifier: ISC */
/*
 * Reads the memory of a traced thread. The memory can change at any time. Therefore, each value is read only once, and
 * all checks use the copy.
 */
#ifndef WATCH_MEMORY_H
#define WATCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEMORY_COPY_SIZE 1024

/*
 * The memory of a thread, with a cached copy of the memory around a msghdr. The cache saves system calls, because the
 * arrays and buffers of a message are often close to its msghdr.
 */
struct memory {
	pid_t tid;
	pid_t pages_tid;  /* the thread whose page map is open as PAGES; 0: no page map was opened */
	int pages;	  /* descriptor of /proc/TID/pagemap of thread pages_tid, or -1 */
	bool hung;	  /* a helper has not finished its read, so no further helper is started */
	uint64_t address; /* address of the copied memory */
	size_t length;	  /* length of the copy; 0: no memory was copied */
	unsigned char copy[MEMORY_COPY_SIZE];
};

void memory_init(struct memory *memory);

/* Closes the page map if it belongs to thread TID. Called when the thread has exited or executes a program. */
void memory_forget(struct memory *memory, pid_t tid);

/* Selects thread TID for the functions below, and discards the cached copy. */
void memory_begin(struct memory *memory, pid_t tid);

/*
 * Copies the memory around ADDRESS. memory_read() and memory_gather() use this copy if it contains the requested data.
 */
void memory_copy_around(struct memory *memory, uint64_t address);

/*
 * Reads up to LENGTH bytes at ADDRESS. Returns the number of bytes read. If fewer than LENGTH bytes were read, sets
 * errno; ETIMEDOUT means that the kernel waits for a page of the remaining memory.
 */
size_t memory_read(struct memory *memory, uint64_t address, void *buffer, size_t length);

/* Returns the text for an errno that memory_read() or memory_gather() has set. */
const char *memory_strerror(int err);

/* One contiguous range of a thread's memory. */
struct memory_piece {
	uint64_t address;
	size_t length;
};

/*
 * Reads COUNT memory pieces in order into BUFFER, at most SIZE bytes in total. Returns the number of bytes before the
 * first unreadable byte. If fewer bytes than requested were read, errno is set.
 */
size_t memory_gather(struct memory *memory, const struct memory_piece *pieces, size_t count, void *buffer, size_t size);

#endif
