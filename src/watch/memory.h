/* SPDX-License-Identifier: ISC */
/*
 * Reads the memory of a traced thread. The memory can change at any time. Therefore, each value is read once, and
 * decisions use that copy.
 */
#ifndef WATCH_MEMORY_H
#define WATCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEMORY_COPY_SIZE 1024

/*
 * The memory of a thread, with a cached copy of the memory around a msghdr. The arrays and buffers of a message are
 * often close to its msghdr.
 */
struct memory {
	pid_t tid;
	pid_t pages_tid;  /* the thread to which pages belongs; 0: no page map was opened */
	int pages;	  /* page map of this thread in /proc, or -1 */
	bool hung;	  /* a read in a helper did not return */
	uint64_t address; /* address of the copied memory */
	size_t length;	  /* length of the copy; 0: no memory was copied */
	unsigned char copy[MEMORY_COPY_SIZE];
};

void memory_init(struct memory *memory);

/* Closes the page map of thread TID. Called when the thread has exited or executes a program. */
void memory_forget(struct memory *memory, pid_t tid);

/* Starts reading the memory of thread TID. */
void memory_begin(struct memory *memory, pid_t tid);

/* Copies the memory around ADDRESS. The functions below read from this copy if it contains the data. */
void memory_copy_around(struct memory *memory, uint64_t address);

/*
 * Reads up to LENGTH bytes at ADDRESS. Returns the number of bytes read, with errno if it is less than LENGTH.
 * ETIMEDOUT means that the kernel waits for the other bytes.
 */
size_t memory_read(struct memory *memory, uint64_t address, void *buffer, size_t length);

/* Returns the text for an errno that these functions set. */
const char *memory_strerror(int err);

/* One piece of memory. */
struct memory_piece {
	uint64_t address;
	size_t length;
};

/*
 * Reads COUNT pieces in order into BUFFER, at most SIZE bytes in total. Returns the number of bytes before the first
 * unreadable byte. If it is less than requested, errno is set.
 */
size_t memory_gather(struct memory *memory, const struct memory_piece *pieces, size_t count, void *buffer, size_t size);

#endif
