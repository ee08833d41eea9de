/* SPDX-License-Identifier: ISC */
/*
 * Manages the buffer of the current message. An inaccessible page follows the buffer, so that the relay can make a
 * MSG_PEEK stop at a chosen byte (see stream.c).
 */
#include <sys/mman.h>
#include <unistd.h>

#include "relay/internal.h"

static char *
buffer_map(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *buffer;

	buffer = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return NULL;
	if (mprotect(buffer + size, page, PROT_NONE) == -1) {
		(void)munmap(buffer, size + page);
		return NULL;
	}
	return buffer;
}

void
loop_buffer_free(struct loop *l)
{
	if (l->buffer != NULL)
		(void)munmap(l->buffer, l->buffer_size + (size_t)sysconf(_SC_PAGESIZE));
	l->buffer = NULL;
}

int
loop_buffer_new(struct loop *l, size_t size)
{
	char *buffer = buffer_map(size);

	if (buffer == NULL)
		return -1;
	loop_buffer_free(l);
	l->buffer = l->at = buffer;
	l->buffer_size = size;
	return 0;
}

int
loop_grow(struct loop *l, size_t size)
{
	size_t grown = l->buffer_size;

	while (grown < size)
		grown *= 2;
	return loop_buffer_new(l, grown);
}
