/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>

#include "watch/memory.h"

/* Number of pieces in one call; the kernel accepts up to IOV_MAX. */
#define BATCH 64

/*
 * Returns true if a pointer of this process can hold ADDRESS: a 32-bit process cannot read all memory of a 64-bit one.
 */
static int
is_reachable(uint64_t address, size_t length)
{
	return address <= UINTPTR_MAX && length <= UINTPTR_MAX - (uintptr_t)address;
}

/* The smallest page size of any machine: a page can be read entirely or not at all. */
#define PAGE 4096U

void
memory_begin(struct memory *m, pid_t tid)
{
	m->tid = tid;
	m->length = 0;
}

void
memory_copy_around(struct memory *m, uint64_t address)
{
	uint64_t page = address - address % PAGE, half = MEMORY_COPY_SIZE / 2;
	size_t length;

	m->address = address - page > half ? address - half : page;
	length = (size_t)(page + PAGE - m->address);
	m->length = 0;
	m->length = memory_read(m, m->address, m->copy, length < sizeof(m->copy) ? length : sizeof(m->copy));
}

/* Takes a piece from the copy. Returns false if it is not, or not entirely, in the copy. */
static bool
take_copy(const struct memory *m, const struct memory_piece *piece, void *to, size_t length)
{
	uint64_t at = piece->address - m->address;

	if (piece->address < m->address || at > m->length || length > m->length - at)
		return false;
	memcpy(to, m->copy + at, length);
	return true;
}

size_t
memory_gather(const struct memory *m, const struct memory_piece *pieces, size_t count, void *buffer, size_t size)
{
	struct iovec remote[BATCH], local;
	size_t done = 0, wanted, i, n;
	ssize_t got;

	for (i = 0; i < count && done < size; i++) {
		n = pieces[i].length < size - done ? pieces[i].length : size - done;
		if (!take_copy(m, &pieces[i], (char *)buffer + done, n))
			break;
		done += n;
	}

	while (i < count && done < size) {
		wanted = 0;
		for (n = 0; n < BATCH && i < count && done + wanted < size; i++) {
			if (!is_reachable(pieces[i].address, pieces[i].length))
				break;
			remote[n].iov_base = (void *)(uintptr_t)pieces[i].address;
			remote[n].iov_len = pieces[i].length;
			if (remote[n].iov_len > size - done - wanted)
				remote[n].iov_len = size - done - wanted;
			wanted += remote[n++].iov_len;
		}
		if (n == 0) {
			errno = EFAULT;
			break;
		}
		if (wanted == 0)
			continue;
		local = (struct iovec){ (char *)buffer + done, wanted };
		got = process_vm_readv(m->tid, &local, 1, remote, n, 0);
		if (got > 0)
			done += (size_t)got;
		if (got == -1 || (size_t)got < wanted) {
			if (got != -1)
				errno = EFAULT;
			break;
		}
	}
	return done;
}

size_t
memory_read(const struct memory *m, uint64_t address, void *buffer, size_t length)
{
	struct memory_piece piece = { address, length };

	return memory_gather(m, &piece, 1, buffer, length);
}
