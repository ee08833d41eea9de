/* SPDX-License-Identifier: ISC */
/* Tests of process identifiers that are inode numbers of pidfds, as in LISTEN_PIDFDID. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pidfd_id.h"
#include "tap.h"

#define PIDFS	  0x50494446
#define UNCHANGED 12345

/*
 * Stores the inode number of a pidfd of process PID. Returns -1 if the system does not support inode numbers of pidfds
 * as identifiers.
 */
static int
inode_of(pid_t pid, uint64_t *inode)
{
	struct statfs fs;
	struct stat st;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), ret = -1;

	if (fd != -1 && fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS && fstat(fd, &st) == 0 && sizeof(long) == 8)
		ret = 0;
	if (fd != -1)
		(void)close(fd);
	if (ret == 0)
		*inode = st.st_ino;
	return ret;
}

static void
test_supported(void)
{
	uint64_t inode = 0, id = 0, child = 0;
	int ends[2], next;
	pid_t pid;

	(void)inode_of(getpid(), &inode);
	ok(pidfd_id_self(&id) == 0 && id == inode,
	    "pidfd_id_self() returns the inode number of a pidfd of this process");
	if (pipe(ends) == -1 || (pid = fork()) == -1) {
		printf("Bail out! no child\n");
		exit(1);
	}
	if (pid == 0) {
		(void)close(ends[1]);
		_exit(read(ends[0], &id, 1) == 0 ? 0 : 1);
	}
	(void)inode_of(pid, &inode);
	ok(pidfd_id_of(pid, &child) == 0 && child == inode && child != id,
	    "pidfd_id_of() returns the ID of a child, which differs from that of this process");
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)waitpid(pid, NULL, 0);
	child = UNCHANGED;
	ok(pidfd_id_of(pid, &child) == -1 && errno == ESRCH && child == UNCHANGED,
	    "pidfd_id_of() fails with ESRCH for a process that does not exist");
	next = dup(0);
	(void)close(next);
	(void)pidfd_id_self(&id);
	is_int(dup(0), next, "pidfd_id_self() leaves no descriptor open");
	(void)close(next);
}

int
main(void)
{
	uint64_t id = UNCHANGED;

	if (inode_of(getpid(), &id) == 0) {
		test_supported();
		return tap_done();
	}
	errno = 0;
	ok(pidfd_id_self(&id) == -1 && id == UNCHANGED && (sizeof(long) == 8 || errno == EOPNOTSUPP),
	    "without pidfs, or on a 32-bit system, pidfd_id_self() fails");
	return tap_done();
}
