/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

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

/* A cmsghdr of a 32-bit program; its items are aligned to four bytes. */
struct control32 {
	uint32_t length;
	int32_t level, type;
};

#define PADDED32(length) (((length) + 3) & ~(size_t)3)

static int
read_whole(pid_t tid, uint64_t address, void *buffer, size_t length)
{
	return memory_read(tid, address, buffer, length) == length ? 0 : -1;
}

int
header_read(const struct abi *abi, pid_t tid, uint64_t address, struct header *header)
{
	struct msghdr64 wide;
	struct msghdr32 narrow;

	if (abi->word == 8) {
		if (read_whole(tid, address, &wide, sizeof(wide)) == -1)
			return -1;
		*header = (struct header){ wide.name, (uint32_t)wide.name_length, wide.buffers, wide.buffer_count,
			wide.control, wide.control_length, wide.flags };
	} else {
		if (read_whole(tid, address, &narrow, sizeof(narrow)) == -1)
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
header_element_length(const struct abi *abi, pid_t tid, uint64_t address, uint32_t *length)
{
	address += abi->word == 8 ? sizeof(struct msghdr64) : sizeof(struct msghdr32);
	return read_whole(tid, address, length, sizeof(*length));
}

size_t
header_buffers(const struct abi *abi, pid_t tid, const struct header *header, struct memory_piece *pieces)
{
	size_t count = header->buffer_count < HEADER_BUFFERS_MAX ? (size_t)header->buffer_count : HEADER_BUFFERS_MAX;
	size_t size = abi->word == 8 ? sizeof(struct iovec64) : sizeof(struct iovec32), done = 0, n, i;
	struct iovec64 wide[64];
	struct iovec32 narrow[64];

	while (done < count) {
		n = count - done < 64 ? count - done : 64;
		n = memory_read(
			tid, header->buffers + done * size, abi->word == 8 ? (void *)wide : (void *)narrow, n * size) /
		    size;
		for (i = 0; i < n; i++) {
			pieces[done + i].address = abi->word == 8 ? wide[i].base : narrow[i].base;
			pieces[done + i].length = (size_t)(abi->word == 8 ? wide[i].length : narrow[i].length);
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
	/* Each item grows by the larger header and by the padding of its data to eight bytes instead of four. */
	return length +
	    (length / sizeof(struct control32) + 1) *
	    (sizeof(struct fdp_header) - sizeof(struct control32) + sizeof(size_t));
}

size_t
header_convert_control(const void *from, size_t length, void *to, size_t size)
{
	const unsigned char *in = from;
	unsigned char *out = to;
	struct control32 narrow;
	struct fdp_header wide;
	size_t left = length, used = 0, room, data;

	while (left >= sizeof(narrow)) {
		memcpy(&narrow, in, sizeof(narrow));
		room = left - sizeof(narrow);
		/* A length that is too small for a header stays so, and ends every walk. */
		wide.length = narrow.length < sizeof(narrow) ? 0 : narrow.length - sizeof(narrow) + sizeof(wide);
		wide.level = narrow.level;
		wide.type = narrow.type;
		data = narrow.length < sizeof(narrow) ? 0 : narrow.length - sizeof(narrow);
		if (data > room)
			data = room;
		if (size - used < sizeof(wide) + data)
			break;
		memcpy(out + used, &wide, sizeof(wide));
		memcpy(out + used + sizeof(wide), in + sizeof(narrow), data);
		used += sizeof(wide) + data;
		if (narrow.length < sizeof(narrow) || PADDED32((size_t)narrow.length) >= left)
			break;
		room = FDP_PADDING(used);
		if (room > size - used)
			room = size - used;
		memset(out + used, 0, room);
		used += room;
		in += PADDED32((size_t)narrow.length);
		left -= PADDED32((size_t)narrow.length);
	}
	return used;
}
