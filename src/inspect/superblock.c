/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/filestat.h"
#include "base/helper.h"
#include "inspect/proc.h"
#include "inspect/superblock.h"

#define HUGE_SHIFT    26 /* MFD_HUGE_SHIFT */
#define BASE_PAGE_MAX 65536

/*
 * The kernel's internal mounts for memfds, one for each page size. The device numbers of these mounts are cached,
 * because they do not change while the system runs.
 */
#define SIZES 4
static struct {
	uint32_t page_size, major, minor;
} memfd_mounts[SIZES];

static unsigned int
log2_of(uint32_t n)
{
	unsigned int log = 0;

	while (n > 1) {
		n >>= 1;
		log++;
	}
	return log;
}

static int
make_memfd(unsigned int flags)
{
	int fd = memfd_create("fdpass", MFD_CLOEXEC | flags);

	/* If no descriptor number is free, closes the cached /proc directory and uses its number. */
	if (fd == -1 && errno == EMFILE) {
		proc_close();
		fd = memfd_create("fdpass", MFD_CLOEXEC | flags);
	}
	return fd;
}

/*
 * Returns true if ST describes a file on the mount for memfds with pages of SIZE bytes. SIZE 1 means pages of normal
 * size.
 */
static bool
is_on_mount(const struct file_stat *st, uint32_t size)
{
	struct file_stat made;
	size_t i;
	int fd;

	for (i = 0; i < SIZES && memfd_mounts[i].page_size != 0; i++)
		if (memfd_mounts[i].page_size == size)
			return memfd_mounts[i].major == st->dev_major && memfd_mounts[i].minor == st->dev_minor;
	fd = make_memfd(size > 1 ? MFD_HUGETLB | log2_of(size) << HUGE_SHIFT : 0);
	if (fd == -1)
		return false;
	if (file_stat(fd, &made) == -1) {
		(void)close(fd);
		return false;
	}
	(void)close(fd);
	if (i < SIZES) {
		memfd_mounts[i].page_size = size;
		memfd_mounts[i].major = made.dev_major;
		memfd_mounts[i].minor = made.dev_minor;
	}
	return made.dev_major == st->dev_major && made.dev_minor == st->dev_minor;
}

/*
 * Checks the mount for normal pages first, even if the file's block size is large. If transparent huge pages are
 * enabled for shared memory (shmem_enabled), even a memfd with normal pages has the block size of a huge page.
 */
bool
superblock_is_memfd(const struct file_stat *st)
{
	return is_on_mount(st, 1) || (st->block_size > BASE_PAGE_MAX && is_on_mount(st, st->block_size));
}

struct magic_request {
	int fd;
	uint32_t magic;
};

static void
query_magic(void *arg)
{
	struct magic_request *r = arg;
	struct statfs fs;

	if (fstatfs(r->fd, &fs) == 0)
		r->magic = (uint32_t)fs.f_type;
}

uint32_t
superblock_magic(int fd)
{
	struct magic_request r = { .fd = fd };

	return helper_run(query_magic, NULL, &r, sizeof(r)) == 0 ? r.magic : 0;
}

/* The magic numbers are from linux/magic.h. ext2, ext3 and ext4 have the same magic number. */
const char *
superblock_type(uint32_t magic)
{
	static const struct {
		uint32_t magic;
		char type[12];
	} table[] = { { 0x01021994, "tmpfs" }, { 0xef53, "ext2/3/4" }, { 0x58465342, "xfs" }, { 0x9123683e, "btrfs" },
		{ 0x794c7630, "overlay" }, { 0x9fa0, "proc" }, { 0x62656572, "sysfs" }, { 0x63677270, "cgroup2" },
		{ 0x27e0eb, "cgroup" }, { 0x65735546, "fuse" }, { 0x6969, "nfs" }, { 0xff534d42, "cifs" },
		{ 0xfe534d42, "smb2" }, { 0x01021997, "9p" }, { 0x00c36400, "ceph" }, { 0x5346414f, "afs" },
		{ MAGIC_DEVPTS, "devpts" }, { 0x858458f6, "ramfs" }, { 0x958458f6, "hugetlbfs" },
		{ 0x73717368, "squashfs" }, { 0xe0f5e1e2, "erofs" }, { 0x9660, "iso9660" }, { 0x4d44, "vfat" },
		{ 0x2011bab0, "exfat" }, { 0xf2f52010, "f2fs" }, { 0x2fc12fc1, "zfs" }, { 0xca451a4e, "bcachefs" },
		{ 0x7366746e, "ntfs3" }, { 0x19800202, "mqueue" }, { 0x64626720, "debugfs" }, { 0x74726163, "tracefs" },
		{ MAGIC_BPF, "bpf" }, { 0x62656570, "configfs" }, { 0x73636673, "securityfs" }, { 0x6e736673, "nsfs" },
		{ 0x6165676c, "pstore" }, { 0xde5e81e4, "efivarfs" }, { 0x42494e4d, "binfmt_misc" },
		{ 0xf97cff8c, "selinuxfs" }, { 0x0187, "autofs" }, { 0x6c6f6f70, "binder" } };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].magic == magic)
			return table[i].type;
	return NULL;
}
