/* SPDX-License-Identifier: ISC */
/*
 * Reads the memory of a traced thread. It may change at any time, so decisions based on a value always use the copy,
 * never a second read.
 */
#ifndef WATCH_MEMORY_H
#define WATCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEMORY_COPY_SIZE 1024

/*
 * The memory of a thread, with a copy of the part that surrounds a msghdr: its arrays and buffers are often there, too.
 */
struct memory {
	pid_t tid;
	pid_t pages_tid;  /* the thread of "pages"; 0: it was not opened */
	int pages;	  /* its page map in /proc, or -1 */
	bool hung;	  /* a read did not return */
	uint64_t address; /* address of the copied memory */
	size_t length;	  /* length of the copy; 0: there is none */
	unsigned char copy[MEMORY_COPY_SIZE];
};

void memory_init(struct memory *memory);

/* Closes the page map of a thread that has ended or executes a program. */
void memory_forget(struct memory *memory, pid_t tid);

/* Starts reading the memory of thread TID. */
void memory_begin(struct memory *memory, pid_t tid);

/* Copies the memory around ADDRESS. The functions below prefer the copy. */
void memory_copy_around(struct memory *memory, uint64_t address);

/*
 * Reads up to LENGTH bytes at ADDRESS. Returns the number of bytes read from its beginning, with errno if there are
 * fewer; ETIMEDOUT if the kernel waits for them.
 */
size_t memory_read(struct memory *memory, uint64_t address, void *buffer, size_t length);

/* Returns the text for an errno of these functions. */
const char *memory_strerror(int err);

/* One piece of memory. */
struct memory_piece {
	uint64_t address;
	size_t length;
};

/*
 * Reads COUNT pieces in order into BUFFER, at most SIZE bytes. Returns the number of bytes before the first unreadable
 * one, with errno if not all could be read.
 */
size_t memory_gather(struct memory *memory, const struct memory_piece *pieces, size_t count, void *buffer, size_t size);

#endif
