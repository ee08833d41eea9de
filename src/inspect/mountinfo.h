/* SPDX-License-Identifier: ISC */
/* The mounts of this process's namespace: which there are and of what type. Read at need, again when it is old. */
#ifndef INSPECT_MOUNTINFO_H
#define INSPECT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

struct mount_entry {
	uint64_t id;
	uint32_t major, minor;
	char type[24]; /* "ext4", "fuse.sshfs" …, cut to fit */
};

/* False if it cannot be read: then nothing can be said of any mount. */
bool mountinfo_known(void);

/* The mount with this id, or NULL if none is listed. */
const struct mount_entry *mountinfo_by_id(uint64_t id);

/* True if no path of this process leads to the mount with this id. */
bool mountinfo_is_foreign(uint64_t id);

/* True if this process's root directory is not the root of a mount: after chroot(2). False if it cannot be known. */
bool mountinfo_is_chroot(void);

/* Any mount of the file system on this device, or NULL. */
const struct mount_entry *mountinfo_by_device(uint32_t major, uint32_t minor);

/*
 * False if a file system of this type is known to serve its files itself, and none that can be polled; else a call on
 * one may wait for somebody: a server, a network, another file system below it, whoever holds an epoll.
 */
bool mount_type_may_block(const char *type);

#endif
