/* SPDX-License-Identifier: ISC */
/*
 * The list of mounts in the mount namespace of this process. The functions below read the list on first use, and read
 * it again when the copy is older than a quarter of a second.
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

/* Returns false if the list of mounts cannot be read. */
bool mountinfo_known(void);

/* Returns the mount with this ID, or NULL if the list does not contain it. */
const struct mount_entry *mountinfo_by_id(uint64_t id);

/* Returns true if no path of this process refers to a file on the mount with this ID. */
bool mountinfo_is_foreign(uint64_t id);

/*
 * Returns true if the root directory of this process is not the root of a mount, because chroot(2) was called. Returns
 * false in all other cases, even if the mount of the root directory is unknown.
 */
bool mountinfo_is_chroot(void);

/* Returns one of the mounts of the file system on this device, or NULL. */
const struct mount_entry *mountinfo_by_device(uint32_t major, uint32_t minor);

/*
 * Returns false if system calls for files of this file system type never block, because the kernel handles them without
 * waiting and the files cannot be polled. Returns true for other types, for which a call can wait for a server, a
 * network, an underlying file system, or the lock of an epoll instance.
 */
bool mount_type_may_block(const char *type);

#endif
