/* SPDX-License-Identifier: ISC */
/* The mounts of this process's namespace: which there are and of what type. Read when needed, and again when it is old. */
#ifndef INSPECT_MOUNTINFO_H
#define INSPECT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

struct mount_entry {
	uint64_t id;
	uint32_t major, minor;
	char type[24]; /* "ext4", "fuse.sshfs" …, cut to fit */
};

/* False if it cannot be read: then nothing is known about any mount. */
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
 * False if the kernel is known to serve files of this type of file system itself, and none of them can be polled. Otherwise a
 * call on one may wait: for a server, a network, another file system below it, or the lock of an epoll instance.
 */
bool mount_type_may_block(const char *type);

#endif
