/* SPDX-License-Identifier: ISC */
/*
 * Tests of reading the structures of 32-bit and 64-bit programs for watch. The structures are in this process's own
 * memory.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "watch/abi.h"
#include "watch/header.h"
#include "watch/memory.h"
#include "tap.h"

#define TIMESTAMP 29 /* SO_TIMESTAMP_OLD */

static struct memory ours;

static const struct abi narrow = { .word = 4 }, own = { .word = sizeof(long) };

/*
 * Appends a control message in the layout of a 32-bit program. Its header claims CLAIMED bytes of data; its data has
 * LENGTH bytes.
 */
static size_t
put32(unsigned char *at, size_t used, uint32_t claimed, int level, int type, const void *data, size_t length)
{
	uint32_t header[3] = { claimed + 12, (uint32_t)level, (uint32_t)type };

	memcpy(at + used, header, sizeof(header));
	memcpy(at + used + sizeof(header), data, length);
	used += sizeof(header) + length;
	while (used % 4 != 0)
		at[used++] = 0;
	return used;
}

static void
two_items(void)
{
	unsigned char from[256], to[1024];
	int fds[3] = { 7, 8, 9 };
	int32_t time[2] = { -1, 5 };
	int64_t wide[2] = { -1, 5 };
	size_t used, n;
	struct fdpass_walk walk;
	struct fdpass_cmsg item;

	used = put32(from, 0, sizeof(fds), SOL_SOCKET, SCM_RIGHTS, fds, sizeof(fds));
	used = put32(from, used, 5, 41, 50, "abcde", 5);
	used = put32(from, used, sizeof(time), SOL_SOCKET, TIMESTAMP, time, sizeof(time));
	n = header_convert_control(from, used, to, sizeof(to));
	fdpass_walk_begin(&walk, to, n);
	ok(fdpass_walk_next(&walk, &item) == 1, "the first control message is converted");
	is_int(item.length, sizeof(fds), "the first control message has the expected length");
	is_mem(item.data, fds, sizeof(fds), "the data of the first control message is unchanged");
	ok(fdpass_walk_next(&walk, &item) == 1, "the second control message is converted");
	is_int(item.level, 41, "the second control message has the expected level");
	is_mem(item.data, "abcde", 5, "the second control message has the expected data");
	ok(fdpass_walk_next(&walk, &item) == 1, "the third control message is converted");
	is_int(item.length, sizeof(wide), "a 32-bit timestamp is converted to 64 bits");
	is_mem(item.data, wide, sizeof(wide), "a negative 32-bit timestamp keeps its sign");
	ok(fdpass_walk_next(&walk, &item) == 0, "no fourth control message exists");
	is_int(walk.state, FDPASS_END, "the control data ends without trailing bytes");
}

/*
 * Converts a 32-bit control message without data, and a second one with DATA. Returns the converted second control
 * message.
 */
static struct fdpass_cmsg
after_empty(int level, int type, const void *data, size_t length, unsigned char to[512])
{
	unsigned char from[128];
	size_t used, n;
	struct fdpass_walk walk;
	struct fdpass_cmsg item;

	used = put32(from, 0, 0, SOL_SOCKET, SCM_RIGHTS, data, 0);
	used = put32(from, used, (uint32_t)length, level, type, data, length);
	n = header_convert_control(from, used, to, 512);
	fdpass_walk_begin(&walk, to, n);
	ok(fdpass_walk_next(&walk, &item) == 1 && item.length == 0, "a control message without data is converted");
	ok(fdpass_walk_next(&walk, &item) == 1 && item.level == level && item.type == type,
	    "a control message that follows one without data is converted");
	return item;
}

static void
times(void)
{
	static const struct {
		int level, type;
		size_t length;
		bool is_wider;
		const char *what;
	} cases[] = {
		{ SOL_SOCKET, TIMESTAMP, 8, true, "SO_TIMESTAMP" },
		{ SOL_SOCKET, 35, 8, true, "SO_TIMESTAMPNS" },
		{ SOL_SOCKET, 37, 24, true, "SO_TIMESTAMPING" },
		{ SOL_SOCKET, TIMESTAMP, 16, false, "SO_TIMESTAMP of another length" },
		{ SOL_SOCKET, 35, 4, false, "SO_TIMESTAMPNS of another length" },
		{ SOL_SOCKET, 37, 28, false, "SO_TIMESTAMPING of another length" },
		{ SOL_SOCKET, 37, 8, false, "SO_TIMESTAMPING with the length of SO_TIMESTAMP" },
		{ SOL_SOCKET, 63, 8, false, "SO_TIMESTAMP_NEW" },
		{ 41, TIMESTAMP, 8, false, "the same type at another level" },
	};
	const int32_t data[7] = { 1, -2, 3, -4, 5, -6, 7 };
	unsigned char to[512];
	struct fdpass_cmsg item;
	int64_t wide[7];
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		item = after_empty(cases[i].level, cases[i].type, data, cases[i].length, to);
		for (j = 0; j < 7; j++)
			wide[j] = data[j];
		is_int(item.length, cases[i].length * (cases[i].is_wider ? 2 : 1), "%s: the length", cases[i].what);
		is_mem(item.data, cases[i].is_wider ? (const void *)wide : data,
		    cases[i].length * (cases[i].is_wider ? 2 : 1), "%s: the data", cases[i].what);
	}
}

static void
lies(void)
{
	unsigned char from[64], to[512];
	int fd = 3;
	struct fdpass_walk walk;
	struct fdpass_cmsg item;
	size_t n;

	n = put32(from, 0, 4000, SOL_SOCKET, SCM_RIGHTS, &fd, sizeof(fd));
	n = header_convert_control(from, n, to, sizeof(to));
	fdpass_walk_begin(&walk, to, n);
	ok(fdpass_walk_next(&walk, &item) == 1, "a control message that is longer than the control data is converted");
	is_int(
	    item.length, sizeof(fd), "the length of a control message that is too long is limited to the control data");
	is_int(item.state, FDPASS_ITEM_CUT, "a control message that is too long is marked as truncated");

	n = put32(from, 0, (uint32_t)-5, SOL_SOCKET, SCM_RIGHTS, &fd, sizeof(fd));
	n = header_convert_control(from, n, to, sizeof(to));
	fdpass_walk_begin(&walk, to, n);
	ok(fdpass_walk_next(&walk, &item) == 0, "a length below the size of the header ends the control data");
	is_int(walk.state, FDPASS_BAD_LENGTH, "a length below the size of the header is reported");
	is_int(header_convert_control(from, 11, to, sizeof(to)), 0,
	    "control data that is shorter than a header is ignored");
}

/* Converting arbitrary bytes must not write beyond the buffer, and every walk over the result must end. */
static void
anything(void)
{
	unsigned char from[512];
	struct fdpass_walk walk;
	struct fdpass_cmsg item;
	size_t round, i, length, size, n, bad = 0, steps;
	unsigned char *to;

	srandom(1);
	for (round = 0; round < 20000; round++) {
		length = (size_t)random() % sizeof(from);
		for (i = 0; i < length; i++)
			from[i] = (unsigned char)(random() % 4 == 0 ? random() : i % 12 == 0 ? 12 + random() % 30 : 0);
		size = round % 2 == 0 ? header_converted_size(length) : (size_t)random() % 256;
		to = malloc(size + 1);
		to[size] = 0xa5;
		n = header_convert_control(from, length, to, size);
		bad += n > size || to[size] != 0xa5;
		fdpass_walk_begin(&walk, to, n <= size ? n : 0);
		for (steps = 0; fdpass_walk_next(&walk, &item) && steps < 1000; steps++)
			;
		bad += steps == 1000;
		free(to);
	}
	is_int(bad, 0, "arbitrary control data is converted within its buffer");
}

static void
headers(void)
{
	static struct iovec iov[3];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 3, .msg_controllen = 77, .msg_namelen = 5 };
	uint32_t m32[8] = { 1, 2, 3, 4, 5, 6, 7, 99 }, length;
	struct memory_piece pieces[HEADER_BUFFERS_MAX];
	struct header h;
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), text[8];

	iov[1] = (struct iovec){ text, 8 };
	is_int(header_read(&own, &ours, (uintptr_t)&m, &h), 0, "a msghdr of this process is read");
	is_int(h.control_length, 77, "the length of the control data is read");
	is_int(h.name_length, 5, "the length of the address in the msghdr is read");
	is_int(header_buffers(&own, &ours, &h, pieces), 3, "the buffers are read");
	is_int(pieces[1].length, 8, "the lengths of the buffers are read");
	is_int(header_read(&narrow, &ours, (uintptr_t)m32, &h), 0, "a 32-bit msghdr is read");
	ok(h.name == 1 && h.name_length == 2 && h.buffers == 3 && h.buffer_count == 4 && h.control == 5 &&
		h.control_length == 6 && h.flags == 7,
	    "all members of a 32-bit msghdr are read");
	is_int(header_element_length(&narrow, &ours, (uintptr_t)m32, &length), 0,
	    "the msg_len after a 32-bit msghdr is read");
	is_int(length, 99, "the msg_len after a 32-bit msghdr is read unchanged");
	is_int(header_element(&narrow, 1000, 2), 1064,
	    "an element of a 32-bit mmsghdr array is found at the position that the kernel uses");
	is_int(header_read(&own, &ours, (uintptr_t)page, &h), -1, "header_read() fails if the memory cannot be read");
	h = (struct header){ .buffers = (uintptr_t)page, .buffer_count = UINT64_MAX };
	is_int(header_buffers(&own, &ours, &h, pieces), 0, "buffers in memory that cannot be read are ignored");
}

static void
memory(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[5000];
	struct memory_piece pieces[200];
	size_t i;

	(void)mprotect(pages + 4096, 4096, PROT_NONE);
	is_int(memory_read(&ours, (uintptr_t)pages + 4000, to, 200), 96, "a read ends where readable memory ends");
	for (i = 0; i < 200; i++) {
		pages[i] = (char)i;
		pieces[i] = (struct memory_piece){ (uintptr_t)pages + i, i % 2 };
	}
	is_int(memory_gather(&ours, pieces, 200, to, sizeof(to)), 100, "100 pieces of memory are gathered");
	ok(to[0] == 1 && to[99] == (char)199, "the pieces of memory are gathered in order");
	is_int(memory_gather(&ours, pieces, 200, to, 7), 7,
	    "memory_gather() reads no more bytes than fit into the buffer");
}

static void
copies(void)
{
	char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[2000];
	uint64_t at = (uintptr_t)pages + 4096;
	struct memory_piece pieces[2] = { { at + 10, 10 }, { at + 3000, 10 } };
	struct memory m;

	(void)mprotect(pages, 4096, PROT_NONE);
	(void)mprotect(pages + 8192, 4096, PROT_NONE);
	memset(pages + 4096, 'a', 4096);
	memory_init(&m);
	memory_begin(&m, getpid());
	memory_copy_around(&m, at + 5);
	memset(pages + 4096, 'b', 4096);
	is_int(memory_read(&m, at + 100, to, 100), 100, "memory in the copy is read");
	ok(to[0] == 'a' && to[99] == 'a', "memory in the copy has the contents at the time of the copy");
	is_int(memory_gather(&m, pieces, 2, to, 20), 20, "pieces in the copy and elsewhere are gathered");
	is_mem(to, "aaaaaaaaaabbbbbbbbbb", 20, "each piece is read from the copy or from current memory");
	is_int(memory_read(&m, at + 1000, to, 100), 100, "memory that is not entirely in the copy is read");
	ok(to[0] == 'b' && to[99] == 'b', "memory outside the copy has its current contents");
	memory_copy_around(&m, at + 4090);
	is_int(memory_read(&m, at + 4090, to, 100), 6, "a copy ends where readable memory ends");
	memory_copy_around(&m, at + 4096);
	is_int(memory_read(&m, at + 4096, to, 1), 0, "memory that cannot be read is not copied");
	memory_copy_around(&m, UINT64_MAX - 3);
	is_int(memory_read(&m, UINT64_MAX - 3, to, 100), 0, "a copy at the end of the address space is empty");
}

int
main(void)
{
	enum call_kind kind;

	memory_init(&ours);
	memory_begin(&ours, getpid());
	two_items();
	times();
	lies();
	anything();
	headers();
	memory();
	copies();
	ok(abi_find(abi_at(0)->arch, 999999, &kind) == NULL && kind == CALL_OTHER, "other system calls are not traced");
	ok(abi_find(abi_at(0)->arch, abi_at(0)->calls[0].nr, &kind) == abi_at(0) && kind == CALL_SENDMSG,
	    "sendmsg(2) is recognized");
	is_int(abi_socketcall(16), CALL_SENDMSG, "sendmsg(2) is recognized in the numbers of socketcall(2)");
	return tap_done();
}
