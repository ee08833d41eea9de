/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "base/helper.h"
#include "lib/internal.h"
#include "receive/ancbuf.h"

#define HEADER sizeof(struct fdp_header)

/*
 * A control buffer of SIZE bytes. The functions in this file fill it in the same way as put_cmsg() and scm_detach_fds()
 * in the kernel.
 */
struct filled {
	unsigned char bytes[FDPASS_ANCBUFSIZE];
	size_t size, used;
	size_t slots; /* number of descriptors that fit into the buffer */
	bool cut, has_pidfd;
};

/*
 * Adds the control message ITEM with only the first LENGTH bytes of its data. The buffer must have room for LENGTH
 * bytes.
 */
static void
put(struct filled *f, const struct fdpass_cmsg *item, size_t length)
{
	struct fdp_header header = { HEADER + length, item->level, item->type };
	size_t space = HEADER + length + FDP_PADDING(length);

	memcpy(f->bytes + f->used, &header, HEADER);
	if (length > 0)
		memcpy(f->bytes + f->used + HEADER, item->data, length);
	f->used += space < f->size - f->used ? space : f->size - f->used;
}

static void
put_rights(struct filled *f, const struct fdpass_cmsg *item)
{
	size_t left = f->size - f->used, room = left > HEADER ? (left - HEADER) / sizeof(int) : 0;
	size_t slots = item->length / sizeof(int), n = slots < room ? slots : room;

	f->cut = f->cut || n < slots;
	f->slots += n;
	if (n > 0)
		put(f, item, n * sizeof(int));
}

static void
put_item(struct filled *f, const struct fdpass_cmsg *item)
{
	size_t left = f->size - f->used;
	bool is_pidfd = item->level == SOL_SOCKET && item->type == SCM_PIDFD;

	if (item->level == SOL_SOCKET && item->type == SCM_RIGHTS) {
		put_rights(f, item);
	} else if (left < HEADER || (is_pidfd && left < HEADER + sizeof(int))) {
		f->cut = true;
	} else {
		f->cut = f->cut || left < HEADER + item->length;
		f->has_pidfd = f->has_pidfd || is_pidfd;
		put(f, item, left < HEADER + item->length ? left - HEADER : item->length);
	}
}

/* Removes all descriptors from FROM. Adds those that fit into F to the new message, and closes the others. */
static void
release(struct fdpass_msg *from, const struct filled *f)
{
	int surplus[FDPASS_MAX_FDS + 1], fd;
	size_t i, count = 0;

	for (i = 0; i < fdpass_msg_fd_count(from); i++) {
		fd = fdpass_msg_take_fd(from, i);
		if (i >= f->slots && count < FDPASS_MAX_FDS)
			surplus[count++] = fd;
	}
	fd = fdpass_msg_take_pidfd(from);
	if (!f->has_pidfd)
		surplus[count++] = fd;
	helper_close(surplus, count);
}

void
ancbuf_truncate(struct fdpass_msg *from, struct fdpass_msg *to)
{
	struct filled f;
	struct fdpass_cmsg item;
	const struct sockaddr *address;
	socklen_t length;
	size_t i;

	f.size = fdpass_msg_ancbufsize(to);
	f.used = f.slots = 0;
	f.cut = f.has_pidfd = false;
	for (i = 0; i < fdpass_msg_count(from); i++)
		if (fdpass_msg_item(from, i, &item) == 0)
			put_item(&f, &item);
	release(from, &f);
	fdp_msg_import(to, f.bytes, f.used, f.size, fdpass_msg_flags(from) | (f.cut ? MSG_CTRUNC : 0), NULL);
	address = fdpass_msg_address(from, &length);
	if (address != NULL)
		fdp_msg_set_address(to, address, length);
	fdpass_msg_done(from);
}
