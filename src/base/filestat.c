/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/filestat.h"

/* The kernel's struct statx. Some C libraries do not declare this struct. */
struct kernel_timestamp {
	int64_t sec;
	uint32_t nsec;
	int32_t reserved;
};

struct kernel_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare0;
	uint64_t ino, size, blocks, attributes_mask;
	struct kernel_timestamp atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t spare[13];
};

_Static_assert(sizeof(struct kernel_statx) == 256, "struct statx is 256 bytes long");

#define WANT_BASIC	0x7ffU
#define WANT_MNT_ID	0x1000U
#define ATTR_MOUNT_ROOT 0x2000U
#define WITHOUT_SYNC	0x4000

/*
 * Calls fstatat(2) instead of statx(2), because seccomp profiles of older container runtimes deny statx(2). fstatat(2)
 * also supports AT_STATX_DONT_SYNC, but returns no information about mounts. syscall() is used because the C library's
 * fstatat() may itself call statx(2). On 64-bit architectures, the kernel and the C library use the same struct stat.
 */
static int
stat_without_sync(int at, const char *path, int flags, struct file_stat *st)
{
#if defined(SYS_newfstatat) && defined(__LP64__)
	struct stat k;

	if (syscall(SYS_newfstatat, at, path, &k, flags | WITHOUT_SYNC) == -1)
		return -1;
	memset(st, 0, sizeof(*st));
	st->without_mount = true;
	st->mode = k.st_mode;
	st->nlink = (uint32_t)k.st_nlink;
	st->uid = k.st_uid;
	st->gid = k.st_gid;
	st->dev_major = major(k.st_dev);
	st->dev_minor = minor(k.st_dev);
	st->rdev_major = major(k.st_rdev);
	st->rdev_minor = minor(k.st_rdev);
	st->ino = k.st_ino;
	st->size = (uint64_t)k.st_size;
	st->block_size = (uint32_t)k.st_blksize;
	return 0;
#else
	(void)at;
	(void)path;
	(void)flags;
	(void)st;
	errno = ENOSYS;
	return -1;
#endif
}

static int
statx_without_sync(int at, const char *path, int flags, struct file_stat *st)
{
	struct kernel_statx k;

	memset(&k, 0, sizeof(k));
	if (syscall(SYS_statx, at, path, flags | WITHOUT_SYNC, WANT_BASIC | WANT_MNT_ID, &k) == -1) {
		if (errno == ENOSYS || errno == EPERM)
			return stat_without_sync(at, path, flags, st);
		return -1;
	}
	st->mode = k.mode;
	st->nlink = k.nlink;
	st->uid = k.uid;
	st->gid = k.gid;
	st->dev_major = k.dev_major;
	st->dev_minor = k.dev_minor;
	st->rdev_major = k.rdev_major;
	st->rdev_minor = k.rdev_minor;
	st->ino = k.ino;
	st->size = k.size;
	st->block_size = k.blksize;
	st->mnt_id = k.mnt_id;
	st->without_mount = false;
	st->has_mnt_id = (k.mask & WANT_MNT_ID) != 0;
	st->mount_root = (k.attributes & ATTR_MOUNT_ROOT) != 0;
	return 0;
}

int
file_stat(int fd, struct file_stat *st)
{
	return statx_without_sync(fd, "", AT_EMPTY_PATH, st);
}

int
file_stat_at(int at, const char *path, struct file_stat *st)
{
	return statx_without_sync(at, path, 0, st);
}
