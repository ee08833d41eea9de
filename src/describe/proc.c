/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "describe/proc.h"

/* The kernel's own layout, the same everywhere: not every C library has a statx(). */
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

#define ASK_BASIC 0x7ffU
#define ASK_MNT_ID 0x1000U
#define ATTR_MOUNT_ROOT 0x2000U
#define WITHOUT_SYNC 0x4000

static struct {
	int fd; /* /proc/self, O_PATH */
	pid_t pid;
	uint64_t ino;
} proc = { .fd = -1 };

static int
proc_statx(int at, const char *path, int flags, struct proc_stat *st)
{
	struct kernel_statx k;

	memset(&k, 0, sizeof(k));
	if (syscall(SYS_statx, at, path, flags | WITHOUT_SYNC, ASK_BASIC | ASK_MNT_ID, &k) == -1)
		return -1;
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
	st->mnt_id = k.mnt_id;
	st->has_mnt_id = (k.mask & ASK_MNT_ID) != 0;
	st->mount_root = (k.attributes & ATTR_MOUNT_ROOT) != 0;
	return 0;
}

void
proc_forget(void)
{
	if (proc.fd != -1)
		(void)close(proc.fd);
	proc.fd = -1;
}

int
proc_directory(void)
{
	struct proc_stat st;
	int fd, above;

	if (proc.fd != -1 && proc.pid == getpid())
		return proc.fd;
	proc_forget();
	fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fd <= 2) {
		above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		(void)close(fd);
		if (above == -1)
			return -1;
		fd = above;
	}
	proc.fd = fd;
	proc.pid = getpid();
	proc.ino = proc_stat(fd, &st) == 0 ? st.ino : 0;
	return fd;
}

int
proc_stat(int fd, struct proc_stat *st)
{
	return proc_statx(fd, "", AT_EMPTY_PATH, st);
}

int
proc_stat_path(const char *path, struct proc_stat *st)
{
	int at = proc_directory();

	return at == -1 ? -1 : proc_statx(at, path, 0, st);
}

/*
 * True if the directory that is kept is not ours any more, so that a second try makes sense: somebody closed the number, and
 * it may be somebody else's descriptor by now.
 */
static bool
proc_is_stale(void)
{
	int err = errno;
	struct proc_stat st;
	bool stale = proc_stat(proc.fd, &st) == -1 || st.ino != proc.ino;

	if (stale)
		proc.fd = -1;
	errno = err;
	return stale;
}

ssize_t
proc_readlink(int fd, char *buffer, size_t size)
{
	char path[40];
	ssize_t n = -1;
	int at, tries;

	(void)snprintf(path, sizeof(path), "fd/%d", fd);
	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			break;
		if ((n = readlinkat(at, path, buffer, size)) != -1 || !proc_is_stale())
			return n;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, buffer, size);
}

int
proc_open(const char *path)
{
	char whole[64];
	int at, tries, above, fd = -1;

	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			return -1;
		if ((fd = openat(at, path, O_RDONLY | O_CLOEXEC)) != -1 || !proc_is_stale())
			break;
	}
	/* Where no number is left, the one that is kept serves instead. */
	if (fd == -1 && errno == EMFILE) {
		proc_forget();
		(void)snprintf(whole, sizeof(whole), "/proc/self/%s", path);
		fd = open(whole, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1 || fd > 2)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	return above;
}
