/* SPDX-License-Identifier: ISC */
/*
 * Derives properties from a struct fd_facts that fd_probe() has filled in, without system calls. The layer describe/
 * uses these functions, too.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "inspect/details.h"
#include "inspect/kind.h"
#include "inspect/mountinfo.h"

const struct fd_kind kind_unknown = { .word = "unknown", .noun = "unknown kind", .flags = KIND_INODE };

bool
tty_is_master(const struct fd_facts *f)
{
	return f->has_stat && S_ISCHR(f->st.mode) && f->st.rdev_major == TTY_MAJOR_ALIAS &&
	    f->st.rdev_minor == TTY_MINOR_PTMX;
}

bool
sock_address_is_set(const struct sockaddr_storage *address, socklen_t length)
{
	static const unsigned char zeros[sizeof(struct sockaddr_storage)];
	static const unsigned char vsock_any[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	size_t start = sizeof(address->ss_family);

	if (length <= start)
		return false;
	if (address->ss_family == AF_UNIX)
		return true;
	if (address->ss_family == AF_VSOCK &&
	    memcmp((const unsigned char *)address + 4, vsock_any, sizeof(vsock_any)) == 0)
		return false;
	return memcmp((const unsigned char *)address + start, zeros, length - start) != 0;
}

bool
mount_type_may_block(const char *type)
{
	static const char *const local[] = { "ext4", "ext3", "ext2", "xfs", "btrfs", "tmpfs", "devtmpfs", "ramfs",
		"rootfs", "squashfs", "erofs", "iso9660", "vfat", "exfat", "f2fs", "zfs", "bcachefs", "hugetlbfs",
		"nsfs", "ext2/3/4" };
	size_t i;

	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (strcmp(type, local[i]) == 0)
			return false;
	return true;
}
