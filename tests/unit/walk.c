/* SPDX-License-Identifier: ISC */
/* Tests of the lengths of control messages, and of parsing (walking over) valid and arbitrary control data. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "tap.h"

#define HEADER sizeof(struct cmsghdr)
#define WORD   sizeof(size_t)

/* Writes a struct cmsghdr in the kernel's layout. */
static void
put(unsigned char *at, size_t length, int level, int type)
{
	memcpy(at, &length, sizeof(length));
	memcpy(at + WORD, &level, sizeof(level));
	memcpy(at + WORD + sizeof(level), &type, sizeof(type));
}

static void
r1_cmsg_len(void)
{
	const ssize_t last = WORD == 8 ? 2147483631 : 2147483635;
	size_t n;
	int same = 1;

	is_int(fdpass_cmsg_len(0), HEADER, "the length of a control message without data is the size of the header");
	is_int(fdpass_cmsg_len(last), INT_MAX, "the largest allowed data has a length of INT_MAX");
	errno = 0;
	is_int(fdpass_cmsg_len(last + 1), -1, "a data length above the maximum is refused");
	is_int(errno, EOVERFLOW, "a data length above the maximum fails with EOVERFLOW");
	is_int(fdpass_cmsg_len(-1), -1, "a negative length is refused");
	is_int(fdpass_cmsg_len(SSIZE_MAX), -1, "a length of SSIZE_MAX is refused");
	for (n = 0; n < 1000; n++)
		same = same && fdpass_cmsg_len((ssize_t)n) == (ssize_t)CMSG_LEN(n);
	ok(same, "fdpass_cmsg_len() equals CMSG_LEN of the C library");
}

static void
r2_cmsg_space(void)
{
	const ssize_t last = WORD == 8 ? 2147483623 : 2147483631;
	const ssize_t space = WORD == 8 ? 2147483640 : 2147483644;
	size_t n;
	int same = 1;

	is_int(fdpass_cmsg_space(last), space, "the largest allowed data has the expected space");
	errno = 0;
	is_int(fdpass_cmsg_space(last + 1), -1, "a data length above the maximum is refused");
	is_int(errno, EOVERFLOW, "a data length above the maximum fails with EOVERFLOW");
	is_int(fdpass_cmsg_space(-1), -1, "a negative length is refused");
	for (n = 0; n < 1000; n++)
		same = same && fdpass_cmsg_space((ssize_t)n) == (ssize_t)CMSG_SPACE(n);
	ok(same, "fdpass_cmsg_space() equals CMSG_SPACE of the C library");
}

static void
r3_limit(void)
{
	errno = 0;
	ok(fdpass_msg_new((size_t)INT_MAX + 1) == NULL, "a control buffer above INT_MAX bytes is refused");
	is_int(errno, EINVAL, "a control buffer above INT_MAX bytes fails with EINVAL");
	ok(fdpass_msg_new(SIZE_MAX) == NULL && errno == EINVAL, "a control buffer of SIZE_MAX bytes fails with EINVAL");
}

/*
 * Walks over the control data in BYTES. Returns the number of items. Sets *LAST to the last item, and *END to the final
 * state.
 */
static size_t
walk(const void *bytes, size_t length, struct fdpass_cmsg *last, int *end)
{
	struct fdpass_walk at;
	size_t count = 0;

	memset(last, 0, sizeof(*last));
	fdpass_walk_begin(&at, bytes, length);
	while (fdpass_walk_next(&at, last))
		count++;
	*end = at.state;
	is_int(fdpass_walk_next(&at, last), 0, "fdpass_walk_next() returns 0 again after the end");
	is_int(at.state, *end, "the state after the end does not change");
	return count;
}

static void
r11_whole(void)
{
	unsigned char bytes[256] = { 0 };
	size_t second = CMSG_SPACE(5), third = second + CMSG_SPACE(0);
	struct fdpass_walk at;
	struct fdpass_cmsg item;
	int end;

	is_int(walk(NULL, 0, &item, &end), 0, "empty control data contains no items");
	is_int(end, FDPASS_END, "empty control data ends without an error");

	put(bytes, CMSG_LEN(5), 1, 2);
	memcpy(bytes + HEADER, "hello", 5);
	put(bytes + second, CMSG_LEN(0), 3, 4);
	put(bytes + third, CMSG_LEN(4), -5, INT_MIN);
	memcpy(bytes + third + HEADER, "data", 4);
	fdpass_walk_begin(&at, bytes, third + CMSG_SPACE(4));
	is_int(fdpass_walk_next(&at, &item), 1, "the first item is found");
	is_int(item.level * 10 + item.type, 12, "the first item has the expected level and type");
	is_int(item.length, 5, "the first item has the expected length");
	is_mem(item.data, "hello", 5, "the first item has the expected data");
	is_int(fdpass_walk_next(&at, &item), 1, "the second item is found after the padding");
	is_int(item.length, 0, "the second item is empty");
	is_int(item.state, FDPASS_ITEM, "the second item is complete");
	is_int(fdpass_walk_next(&at, &item), 1, "the third item is found");
	is_int(item.level, -5, "a negative level is kept");
	is_int(item.type, INT_MIN, "a negative type is kept");
	is_int(fdpass_walk_next(&at, &item), 0, "no fourth item is found");
	is_int(at.state, FDPASS_END, "complete control data ends without an error");

	is_int(walk(bytes, third + CMSG_LEN(4), &item, &end), 3, "the last item needs no padding");
	is_int(end, FDPASS_END, "a last item without padding ends without an error");
}

static void
r11_broken_headers(void)
{
	unsigned char bytes[64] = { 0 };
	struct fdpass_cmsg item;
	size_t n;
	int end;

	put(bytes, CMSG_LEN(4), 1, 1);
	for (n = 1; n < HEADER; n += HEADER - 2) {
		is_int(walk(bytes, n, &item, &end), 0, "%zu bytes contain no item", n);
		is_int(end, FDPASS_TRAILING, "trailing bytes that are too few for a header are reported");
	}
	is_int(walk(bytes, CMSG_SPACE(4) + 3, &item, &end), 1, "an item before three trailing bytes is found");
	is_int(end, FDPASS_TRAILING, "three trailing bytes are reported");
	for (n = 0; n < HEADER; n += HEADER - 1) {
		put(bytes, n, 1, 1);
		is_int(walk(bytes, sizeof(bytes), &item, &end), 0, "a header with a length of %zu is not an item", n);
		is_int(end, FDPASS_BAD_LENGTH, "a length below the size of the header is reported");
	}
}

static void
r11_cut(void)
{
	unsigned char bytes[64] = { 0 };
	const size_t huge[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 6, SIZE_MAX - 7, SIZE_MAX - 8, SIZE_MAX / 2 + 1,
		SIZE_MAX / 2, HEADER + 41 };
	struct fdpass_cmsg item;
	size_t i, n;
	int end;

	put(bytes, CMSG_LEN(8), 1, 1);
	is_int(walk(bytes, HEADER, &item, &end), 0, "a header without its data is not an item");
	is_int(end, FDPASS_CUT_BEFORE_DATA, "a header without its data is reported");
	for (n = 1; n < 8; n++) {
		is_int(walk(bytes, HEADER + n, &item, &end), 1, "an item with %zu of 8 bytes of data is found", n);
		is_int(item.state, FDPASS_ITEM_CUT, "the item is marked as truncated");
		is_int(item.length, n, "the length of a truncated item is limited to the available control data");
		is_int(item.claimed, 8, "the claimed length of the item is the one in the header");
		is_int(end, FDPASS_END, "a truncated item is the last one");
	}
	for (i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		put(bytes, huge[i], 1, 1);
		is_int(walk(bytes, HEADER + 40, &item, &end), 1, "an item with a length of %zu is found", huge[i]);
		ok(item.state == FDPASS_ITEM_CUT && item.length == 40 && item.claimed == huge[i] - HEADER,
		    "the length of the item is limited to the control data");
		is_int(walk(bytes, HEADER, &item, &end), 0, "an item without any of its data is not found");
	}
}

/* Walks over random bytes of every length at every alignment, directly before an inaccessible page. */
static void
r11_any_bytes(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length, sum, room = 96, items = 0;
	unsigned char *area, *bytes;
	struct fdpass_walk at;
	struct fdpass_cmsg item;
	unsigned seed = 20240229, round, i;
	int good = 1;

	area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area + page, page, PROT_NONE) == -1) {
		ok(0, "mmap(2) succeeds");
		return;
	}
	for (round = 0; round < 200000; round++) {
		length = (size_t)rand_r(&seed) % room;
		bytes = area + page - length;
		for (i = 0; i < length; i++)
			bytes[i] = (unsigned char)(rand_r(&seed) >> 8);
		/* Writes plausible lengths, so that a walk finds several items. */
		for (i = 0; i + HEADER <= length; i += 8)
			if (rand_r(&seed) & 64)
				put(bytes + i, (size_t)rand_r(&seed) % 40, 1, 1);
		fdpass_walk_begin(&at, bytes, length);
		for (sum = 0; fdpass_walk_next(&at, &item); items++) {
			for (i = 0; i < item.length; i++)
				sum += ((const unsigned char *)item.data)[i];
			good = good && item.length <= item.claimed &&
			    (const unsigned char *)item.data + item.length <= area + page;
		}
		good = good && at.state > FDPASS_ITEM_CUT && sum < SIZE_MAX;
	}
	ok(good && items > 10000, "arbitrary control data is parsed without reading outside the buffer (%zu items)",
	    items);
	munmap(area, 2 * page);
}

int
main(void)
{
	r1_cmsg_len();
	r2_cmsg_space();
	r3_limit();
	r11_whole();
	r11_broken_headers();
	r11_cut();
	r11_any_bytes();
	return tap_done();
}
