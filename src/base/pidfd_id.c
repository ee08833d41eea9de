/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/pidfd_id.h"

#define PIDFS 0x50494446 /* PIDFS_MAGIC; on other file systems, all pidfds have the same inode number */

int
pidfd_id_of(pid_t pid, uint64_t *id)
{
	struct statfs fs;
	struct stat st;
	int fd, rc;

	/* On 32-bit kernels, the inode number is truncated to 32 bits. */
	if (sizeof(long) < sizeof(*id)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd == -1)
		return -1;
	rc = fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS && fstat(fd, &st) == 0 ? 0 : -1;
	(void)close(fd);
	if (rc == 0)
		*id = st.st_ino;
	return rc;
}

int
pidfd_id_self(uint64_t *id)
{
	return pidfd_id_of(getpid(), id);
}
