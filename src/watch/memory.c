/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/uio.h>

#include "watch/memory.h"

/* Number of pieces in one call; the kernel accepts up to IOV_MAX. */
#define BATCH 64

/* Returns true if a pointer of this process can hold it: a 32-bit process cannot read all memory of a 64-bit one. */
static int
is_reachable(uint64_t address, size_t length)
{
	return address <= UINTPTR_MAX && length <= UINTPTR_MAX - (uintptr_t)address;
}

size_t
memory_gather(pid_t tid, const struct memory_piece *pieces, size_t count, void *buffer, size_t size)
{
	struct iovec remote[BATCH], local;
	size_t done = 0, wanted, i = 0, n;
	ssize_t got;

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
		got = process_vm_readv(tid, &local, 1, remote, n, 0);
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
memory_read(pid_t tid, uint64_t address, void *buffer, size_t length)
{
	struct memory_piece piece = { address, length };

	return memory_gather(tid, &piece, 1, buffer, length);
}
