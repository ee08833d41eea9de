/* SPDX-License-Identifier: ISC */
/*
 * A received message. A message object owns its descriptors until the caller takes them. All memory of the message
 * object is allocated when the object is created.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "lib/fdpass.h"
#include "lib/internal.h"

struct fdpass_msg *
fdpass_msg_new(size_t ancbufsize)
{
	struct fdpass_msg *msg;

	if (ancbufsize > INT_MAX) {
		errno = EINVAL;
		return NULL;
	}
	if ((msg = calloc(1, sizeof(*msg))) == NULL)
		return NULL;
	msg->ancbufsize = ancbufsize;
	msg->walk_state = FDPASS_END;
	msg->pidfd = FDPASS_TAKEN;
	if (ancbufsize == 0)
		return msg;
	/*
	 * The arrays are large enough even if all items have only headers or all data consists of descriptors, so the
	 * sizes do not depend on limits of the kernel. Usually, only the beginnings of the arrays are used. With this
	 * order of allocations, the beginnings are on the fewest pages.
	 */
	msg->offsets = calloc(ancbufsize / sizeof(struct fdp_header) + 1, sizeof(*msg->offsets));
	msg->fds = calloc(ancbufsize / sizeof(int) + 1, sizeof(*msg->fds));
	msg->control = calloc(1, ancbufsize);
	if (msg->control == NULL || msg->offsets == NULL || msg->fds == NULL) {
		fdpass_msg_free(msg);
		errno = ENOMEM;
		return NULL;
	}
	return msg;
}

void
fdpass_msg_free(struct fdpass_msg *msg)
{
	int saved = errno;

	if (msg == NULL)
		return;
	fdpass_msg_done(msg);
	free(msg->fds);
	free(msg->offsets);
	free(msg->control);
	free(msg);
	errno = saved;
}

static void
slots_close(const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void
fdpass_msg_done(struct fdpass_msg *msg)
{
	int saved = errno;

	slots_close(msg->fds, msg->fd_count);
	slots_close(&msg->pidfd, 1);
	/*
	 * The control buffer need not be cleared: the kernel writes all bytes of an item except the padding, and the
	 * padding is never returned to the caller.
	 */
	msg->controllen = 0;
	msg->count = 0;
	msg->walk_state = FDPASS_END;
	msg->fd_count = 0;
	msg->pidfd = FDPASS_TAKEN;
	msg->flags = 0;
	if (msg->addrlen > 0)
		memset(&msg->address, 0, msg->addrlen);
	msg->addrlen = 0;
	errno = saved;
}

static void
rights_adopt(struct fdpass_msg *msg, const struct fdpass_cmsg *item)
{
	const unsigned char *at = item->data;
	size_t left;

	/*
	 * Each descriptor is copied separately. Usually, a message contains only one descriptor. For one descriptor, a
	 * memcpy() with a variable size would be slower.
	 */
	for (left = item->length; left >= sizeof(int); left -= sizeof(int)) {
		memcpy(&msg->fds[msg->fd_count++], at, sizeof(int));
		at += sizeof(int);
	}
}

static void
pidfd_adopt(struct fdpass_msg *msg, const struct fdpass_cmsg *item, const struct fdp_duplicator *duplicator)
{
	int number;

	if (item->length < sizeof(int))
		return;
	memcpy(&number, item->data, sizeof(int));
	if (duplicator != NULL)
		number = duplicator->duplicate(duplicator->arg, number);
	/*
	 * The kernel sends at most one pidfd with a message. If a message contains a second pidfd nevertheless, the
	 * first pidfd is closed.
	 */
	slots_close(&msg->pidfd, 1);
	msg->pidfd = number;
}

static void
adopt(struct fdpass_msg *msg, const struct fdp_duplicator *duplicator)
{
	struct fdpass_walk walk;
	struct fdpass_cmsg item;
	size_t i;

	fdpass_walk_begin(&walk, msg->control, msg->controllen);
	for (;;) {
		msg->offsets[msg->count] = (uint32_t)(msg->controllen - walk.left);
		if (!fdpass_walk_next(&walk, &item))
			break;
		msg->count++;
		if (item.level != SOL_SOCKET)
			continue;
		if (item.type == SCM_RIGHTS) {
			i = msg->fd_count;
			rights_adopt(msg, &item);
			for (; duplicator != NULL && i < msg->fd_count; i++)
				msg->fds[i] = duplicator->duplicate(duplicator->arg, msg->fds[i]);
		} else if (item.type == SCM_PIDFD) {
			pidfd_adopt(msg, &item, duplicator);
		}
	}
	msg->walk_state = walk.state;
}

void
fdp_msg_adopt(struct fdpass_msg *msg)
{
	adopt(msg, NULL);
}

void
fdp_msg_import(struct fdpass_msg *msg, const void *control, size_t length, size_t ancbufsize, int flags,
    const struct fdp_duplicator *duplicator)
{
	fdpass_msg_done(msg);
	if (length > 0)
		memcpy(msg->control, control, length);
	msg->controllen = length;
	msg->ancbufsize = ancbufsize;
	msg->flags = flags;
	if (length > 0)
		adopt(msg, duplicator);
}

void
fdp_msg_set_address(struct fdpass_msg *msg, const void *address, size_t length)
{
	if (length > sizeof(msg->address))
		length = sizeof(msg->address);
	memcpy(&msg->address, address, length);
	msg->addrlen = (socklen_t)length;
}

static void
item_cut(struct fdpass_msg *msg, size_t index, size_t length)
{
	length += sizeof(struct fdp_header);
	memcpy(msg->control + msg->offsets[index] + offsetof(struct fdp_header, length), &length, sizeof(length));
}

size_t
fdp_msg_limit(struct fdpass_msg *msg, size_t maxfds)
{
	struct fdpass_cmsg item;
	size_t i, slots, kept = 0, left = maxfds, surplus;

	if (msg->fd_count <= maxfds)
		return 0;
	/*
	 * Truncates the data of SCM_RIGHTS items to whole integers, as the kernel does. An item that contains no whole
	 * integer is removed.
	 */
	for (i = 0; i < msg->count; i++) {
		(void)fdpass_msg_item(msg, i, &item);
		if (item.level == SOL_SOCKET && item.type == SCM_RIGHTS) {
			slots = item.length / sizeof(int);
			if (slots > 0 && left == 0)
				continue;
			if (slots > left) {
				slots = left;
				item_cut(msg, i, slots * sizeof(int));
			}
			left -= slots;
		}
		msg->offsets[kept++] = msg->offsets[i];
	}
	msg->count = kept;
	surplus = msg->fd_count - maxfds;
	slots_close(msg->fds + maxfds, surplus);
	msg->fd_count = maxfds;
	return surplus;
}

int
fdpass_msg_flags(const struct fdpass_msg *msg)
{
	return msg->flags;
}

const struct sockaddr *
fdpass_msg_address(const struct fdpass_msg *msg, socklen_t *length)
{
	if (length != NULL)
		*length = msg->addrlen;
	return msg->addrlen > 0 ? (const struct sockaddr *)&msg->address : NULL;
}

size_t
fdpass_msg_count(const struct fdpass_msg *msg)
{
	return msg->count;
}

int
fdpass_msg_item(const struct fdpass_msg *msg, size_t index, struct fdpass_cmsg *item)
{
	struct fdpass_walk walk;

	if (index >= msg->count) {
		errno = EINVAL;
		return -1;
	}
	fdpass_walk_begin(&walk, msg->control + msg->offsets[index], msg->controllen - msg->offsets[index]);
	(void)fdpass_walk_next(&walk, item);
	return 0;
}

int
fdpass_msg_walk_state(const struct fdpass_msg *msg)
{
	return msg->walk_state;
}

size_t
fdpass_msg_ancbufsize(const struct fdpass_msg *msg)
{
	return msg->ancbufsize;
}

size_t
fdpass_msg_controllen(const struct fdpass_msg *msg)
{
	return msg->controllen;
}

size_t
fdpass_msg_fd_count(const struct fdpass_msg *msg)
{
	return msg->fd_count;
}

int
fdpass_msg_fd(const struct fdpass_msg *msg, size_t index)
{
	return index < msg->fd_count ? msg->fds[index] : FDPASS_TAKEN;
}

int
fdpass_msg_pidfd(const struct fdpass_msg *msg)
{
	return msg->pidfd;
}

static int
slot_take(int *slot)
{
	int fd = *slot;

	if (fd < 0) {
		errno = fd == FDPASS_TAKEN ? EBADF : -fd;
		return -1;
	}
	*slot = FDPASS_TAKEN;
	return fd;
}

int
fdpass_msg_take_fd(struct fdpass_msg *msg, size_t index)
{
	if (index >= msg->fd_count) {
		errno = EINVAL;
		return -1;
	}
	return slot_take(&msg->fds[index]);
}

int
fdpass_msg_take_pidfd(struct fdpass_msg *msg)
{
	return slot_take(&msg->pidfd);
}
