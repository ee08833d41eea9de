/* SPDX-License-Identifier: ISC */
/*
 * The list of mounts in the mount namespace of this process. It is read when it is needed, and read again when it is
 * old.
 */
#ifndef INSPECT_MOUNTINFO_H
#define INSPECT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

struct mount_entry {
	uint64_t id;
	uint32_t major, minor;
	char type[24]; /* "ext4", "fuse.sshfs" …, truncated to fit */
};

/* Returns false if the list cannot be read, so that no mount is known. */
bool mountinfo_known(void);

/* Returns the mount with this ID, or NULL if it is not listed. */
const struct mount_entry *mountinfo_by_id(uint64_t id);

/* Returns true if no path of this process refers to a file on the mount with this ID. */
bool mountinfo_is_foreign(uint64_t id);

/*
 * Returns true if the root directory of this process is not the root of a mount, because of chroot(2). Returns false if
 * this is unknown.
 */
bool mountinfo_is_chroot(void);

/* Returns one of the mounts of the file system on this device, or NULL. */
const struct mount_entry *mountinfo_by_device(uint32_t major, uint32_t minor);

/*
 * Returns false if the kernel handles files of this file system type without waiting, and none of them can be polled.
 * Otherwise, a call for a file can block, because of a server, a network, an underlying file system, or the lock of an
 * epoll instance.
 */
bool mount_type_may_block(const char *type);

#endif
