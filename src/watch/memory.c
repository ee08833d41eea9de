/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/helper.h"
#include "watch/memory.h"

/* Maximum number of memory pieces for one call of process_vm_readv(2). The kernel accepts up to IOV_MAX pieces. */
#define BATCH 64

/*
 * Returns true if a pointer of this process can hold ADDRESS. A 32-bit tracer cannot read all memory of a 64-bit
 * process.
 */
static int
is_reachable(uint64_t address, size_t length)
{
	return address <= UINTPTR_MAX && length <= UINTPTR_MAX - (uintptr_t)address;
}

/* The smallest page size of all architectures. Either all or none of the bytes of a page are readable. */
#define PAGE 4096U

#define PRESENT (UINT64_C(1) << 63) /* flag in the page map: the page is in memory (see /proc/pid/pagemap in proc(5)) */

void
memory_init(struct memory *m)
{
	m->pages_tid = 0;
	m->pages = -1;
}

void
memory_forget(struct memory *m, pid_t tid)
{
	if (m->pages_tid == 0 || m->pages_tid != tid)
		return;
	if (m->pages != -1)
		(void)close(m->pages);
	memory_init(m);
}

void
memory_begin(struct memory *m, pid_t tid)
{
	m->tid = tid;
	m->length = 0;
	m->hung = false;
}

static void
open_pages(struct memory *m)
{
	char path[48];

	if (m->pages_tid == m->tid)
		return;
	memory_forget(m, m->pages_tid);
	(void)snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)m->tid);
	m->pages = open(path, O_RDONLY | O_CLOEXEC);
	m->pages_tid = m->tid;
}

/*
 * Returns true if reading LENGTH bytes at ADDRESS of the traced thread cannot block. If a page is not present, the
 * kernel must load it, which can block indefinitely: the page may belong to a file on a server that does not respond,
 * or another thread of the program, which may be stopped, must supply the page (userfaultfd(2)). Without a page map,
 * all pages are treated as present.
 */
static bool
is_present(const struct memory *m, uint64_t address, size_t length)
{
	uint64_t page_size = (uint64_t)getpagesize(), first = address / page_size, map[64];
	size_t left = (size_t)((address + length - 1) / page_size - first + 1), n, i;
	ssize_t got;

	if (m->pages == -1 || length == 0)
		return true;
	while (left > 0) {
		n = left < 64 ? left : 64;
		got = pread(m->pages, map, n * sizeof(map[0]), (off_t)(first * sizeof(map[0])));
		if (got < 0 || (size_t)got < n * sizeof(map[0]))
			return false;
		/* cppcheck-suppress knownConditionTrueFalse ; n is at least 1 */
		for (i = 0; i < n; i++)
			if ((map[i] & PRESENT) == 0)
				return false;
		first += n;
		left -= n;
	}
	return true;
}

/* The request for a read in a helper process. */
struct slow_read {
	pid_t tid;
	struct iovec remote;
	ssize_t result; /* number of bytes read, or a negated errno */
	unsigned char bytes[PAGE];
};

static void
read_in_helper(void *arg)
{
	struct slow_read *r = arg;
	struct iovec local = { r->bytes, r->remote.iov_len };

	r->result = process_vm_readv(r->tid, &local, 1, &r->remote, 1, 0);
	if (r->result == -1)
		r->result = -errno;
}

/*
 * Reads a memory piece in a helper process, so that only the helper can block. Returns the number of bytes read. If
 * fewer bytes than requested were read, sets errno.
 */
static size_t
read_slowly(struct memory *m, const struct iovec *remote, unsigned char *to)
{
	struct slow_read r = { .tid = m->tid };
	size_t done = 0;

	while (done < remote->iov_len) {
		r.remote.iov_base = (char *)remote->iov_base + done;
		r.remote.iov_len = remote->iov_len - done < sizeof(r.bytes) ? remote->iov_len - done : sizeof(r.bytes);
		errno = ETIMEDOUT;
		if (m->hung || helper_run(read_in_helper, NULL, &r, sizeof(r)) == -1) {
			m->hung = true;
			break;
		}
		/*
		 * If Yama permits only the tracer to read the memory, the helper gets EPERM. In this case, the tracer
		 * reads the memory itself.
		 */
		if (r.result == -EPERM)
			read_in_helper(&r);
		errno = r.result < 0 ? (int)-r.result : EFAULT;
		if (r.result > 0)
			memcpy(to + done, r.bytes, (size_t)r.result);
		done += r.result > 0 ? (size_t)r.result : 0;
		if (r.result < (ssize_t)r.remote.iov_len)
			break;
	}
	return done;
}

/*
 * Reads WANTED bytes from N memory pieces. Returns the number of bytes before the first unreadable byte. If fewer than
 * WANTED bytes were read, sets errno.
 */
static size_t
read_pieces(struct memory *m, const struct iovec *remote, size_t n, unsigned char *to, size_t wanted)
{
	struct iovec local = { to, wanted };
	size_t i, done = 0, got;
	bool present = true;
	ssize_t rc;

	open_pages(m);
	for (i = 0; i < n && present; i++)
		present = is_present(m, (uintptr_t)remote[i].iov_base, remote[i].iov_len);
	if (present) {
		rc = process_vm_readv(m->tid, &local, 1, remote, n, 0);
		if (rc >= 0 && (size_t)rc < wanted)
			errno = EFAULT;
		return rc > 0 ? (size_t)rc : 0;
	}
	for (i = 0; i < n; i++) {
		got = read_slowly(m, &remote[i], to + done);
		done += got;
		if (got < remote[i].iov_len)
			break;
	}
	return done;
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

/* Copies a memory piece from the cached memory. Returns false if the cache does not contain the entire piece. */
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
memory_gather(struct memory *m, const struct memory_piece *pieces, size_t count, void *buffer, size_t size)
{
	struct iovec remote[BATCH];
	size_t done = 0, wanted, got, i, n;

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
		got = read_pieces(m, remote, n, (unsigned char *)buffer + done, wanted);
		done += got;
		if (got < wanted)
			break;
	}
	return done;
}

size_t
memory_read(struct memory *m, uint64_t address, void *buffer, size_t length)
{
	struct memory_piece piece = { address, length };

	return memory_gather(m, &piece, 1, buffer, length);
}

const char *
memory_strerror(int err)
{
	return err == ETIMEDOUT ? "timed out" : strerror(err);
}
