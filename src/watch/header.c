/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "lib/internal.h"
#include "watch/header.h"

/* The kernel's struct user_msghdr and compat_msghdr, mmsghdr and compat_mmsghdr, iovec and compat_iovec. */
struct msghdr64 {
	uint64_t name;
	int32_t name_length;
	uint32_t pad;
	uint64_t buffers;
	uint64_t buffer_count;
	uint64_t control;
	uint64_t control_length;
	uint32_t flags;
	uint32_t pad2;
};

struct msghdr32 {
	uint32_t name;
	int32_t name_length;
	uint32_t buffers;
	uint32_t buffer_count;
	uint32_t control;
	uint32_t control_length;
	uint32_t flags;
};

struct iovec64 {
	uint64_t base, length;
};

struct iovec32 {
	uint32_t base, length;
};

/* A cmsghdr of a 32-bit program. Control messages are aligned to four bytes. */
struct control32 {
	uint32_t length;
	int32_t level, type;
};

#define PADDED32(length) (((length) + 3) & ~(size_t)3)

static int
read_whole(struct memory *memory, uint64_t address, void *buffer, size_t length)
{
	return memory_read(memory, address, buffer, length) == length ? 0 : -1;
}

int
header_read(const struct abi *abi, struct memory *memory, uint64_t address, struct header *header)
{
	struct msghdr64 wide;
	struct msghdr32 narrow;

	if (abi->word == 8) {
		if (read_whole(memory, address, &wide, sizeof(wide)) == -1)
			return -1;
		*header = (struct header){ wide.name, (uint32_t)wide.name_length, wide.buffers, wide.buffer_count,
			wide.control, wide.control_length, wide.flags };
	} else {
		if (read_whole(memory, address, &narrow, sizeof(narrow)) == -1)
			return -1;
		*header = (struct header){ narrow.name, (uint32_t)narrow.name_length, narrow.buffers,
			narrow.buffer_count, narrow.control, narrow.control_length, narrow.flags };
	}
	return 0;
}

uint64_t
header_element(const struct abi *abi, uint64_t address, size_t index)
{
	return address + index * (abi->word == 8 ? sizeof(struct msghdr64) + 8 : sizeof(struct msghdr32) + 4);
}

int
header_element_length(const struct abi *abi, struct memory *memory, uint64_t address, uint32_t *length)
{
	address += abi->word == 8 ? sizeof(struct msghdr64) : sizeof(struct msghdr32);
	return read_whole(memory, address, length, sizeof(*length));
}

size_t
header_buffers(const struct abi *abi, struct memory *memory, const struct header *header, struct memory_piece *pieces)
{
	size_t count = header->buffer_count < HEADER_BUFFERS_MAX ? (size_t)header->buffer_count : HEADER_BUFFERS_MAX;
	size_t size = abi->word == 8 ? sizeof(struct iovec64) : sizeof(struct iovec32), done = 0, n, i;
	struct iovec64 wide[64] = { { 0 } };
	struct iovec32 narrow[64] = { { 0 } };
	bool is_wide = abi->word == 8;

	while (done < count) {
		n = count - done < 64 ? count - done : 64;
		n = memory_read(
			memory, header->buffers + done * size, is_wide ? (void *)wide : (void *)narrow, n * size) /
		    size;
		for (i = 0; i < n; i++) {
			pieces[done + i].address = is_wide ? wide[i].base : narrow[i].base;
			pieces[done + i].length = (size_t)(is_wide ? wide[i].length : narrow[i].length);
		}
		done += n;
		if (n < 64)
			break;
	}
	return done;
}

size_t
header_converted_size(size_t length)
{
	/*
	 * Conversion enlarges the header and the padding of each control message, and doubles its data if the data
	 * contains times. Therefore, the result has at most twice the length, plus the size of a header and padding for
	 * each control message.
	 */
	return 2 * length + (length / sizeof(struct control32) + 1) * (sizeof(struct fdp_header) + sizeof(size_t));
}

/*
 * Returns true if the data of a control message consists of times of a 32-bit program: structures whose members have
 * four bytes instead of eight.
 */
static bool
has_narrow_times(const struct control32 *item, size_t length)
{
	if (item->level != SOL_SOCKET)
		return false;
	switch (item->type) {
	case SO_TIMESTAMP_OLD:
	case SO_TIMESTAMPNS_OLD:
		return length == 2 * sizeof(int32_t);
	case SO_TIMESTAMPING_OLD:
		return length == 6 * sizeof(int32_t);
	default:
		return false;
	}
}

static size_t
widen(unsigned char *to, const unsigned char *from, size_t length)
{
	int32_t narrow;
	int64_t wide;
	size_t i, n = length / sizeof(narrow);

	for (i = 0; i < n; i++) {
		memcpy(&narrow, from + i * sizeof(narrow), sizeof(narrow));
		wide = narrow;
		memcpy(to + i * sizeof(wide), &wide, sizeof(wide));
	}
	return n * sizeof(wide);
}

/*
 * Converts the control message ITEM, whose data at FROM has LENGTH bytes. Returns the number of bytes written to TO, or
 * 0 if the converted control message does not fit.
 */
static size_t
convert_item(const unsigned char *from, const struct control32 *item, size_t length, unsigned char *to, size_t room)
{
	struct fdp_header header = { .level = item->level, .type = item->type };

	if (room < sizeof(header) + 2 * length)
		return 0;
	/*
	 * If cmsg_len is smaller than a header, it is copied unchanged, because programs that read control data stop at
	 * such a value.
	 */
	if (item->length >= sizeof(*item))
		header.length = item->length - sizeof(*item) + sizeof(header);
	if (has_narrow_times(item, length)) {
		length = widen(to + sizeof(header), from + sizeof(*item), length);
		header.length = sizeof(header) + length;
	} else {
		memcpy(to + sizeof(header), from + sizeof(*item), length);
	}
	memcpy(to, &header, sizeof(header));
	return sizeof(header) + length;
}

size_t
header_convert_control(const void *from, size_t length, void *to, size_t size)
{
	const unsigned char *in = from;
	unsigned char *out = to;
	struct control32 item;
	size_t left = length, used = 0, claimed, step, n;

	while (left >= sizeof(item)) {
		memcpy(&item, in, sizeof(item));
		claimed = item.length < sizeof(item) ? 0 : item.length - sizeof(item);
		n = claimed < left - sizeof(item) ? claimed : left - sizeof(item);
		if ((n = convert_item(in, &item, n, out + used, size - used)) == 0)
			break;
		used += n;
		step = PADDED32((size_t)item.length);
		if (item.length < sizeof(item) || step >= left)
			break;
		for (n = FDP_PADDING(used); n > 0 && used < size; n--)
			out[used++] = 0;
		in += step;
		left -= step;
	}
	return used;
}
