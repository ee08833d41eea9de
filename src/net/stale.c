/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/internal.h"

#define LOCK_PATIENCE 1000000000 /* maximum time to wait for the lock, in nanoseconds */

int
stale_lock(int dirfd)
{
	int64_t pause = PAUSE_FIRST, limit = fdpass_deadline(LOCK_PATIENCE);
	int fd;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB) == -1 && (errno == EWOULDBLOCK || errno == EINTR))
		if (!pause_until(&pause, limit))
			break;
	return fd;
}

static int
connect_error(int fd, const struct sockaddr_un *address, socklen_t length)
{
	int rc;

	do
		rc = connect(fd, (const struct sockaddr *)address, length);
	while (rc == -1 && errno == EINTR);
	return rc == -1 ? errno : 0;
}

/*
 * INODE is an O_PATH descriptor. Returns 0 if a process has an open socket that is bound to INODE, ECONNREFUSED if no
 * process has such a socket, or another errno. Connects a datagram socket to INODE. This has no side effect: the owner
 * of a datagram socket is not notified of its peers, and if the bound socket has another type, connect(2) fails with
 * EPROTOTYPE, even if the bound socket is not listening yet.
 */
static int
probe(int inode, const struct addr *addr)
{
	struct sockaddr_un address;
	socklen_t length;
	int fd, err = 0;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno;
	if (proc_address(inode, NULL, &address, &length) == -1)
		err = errno;
	else
		err = connect_error(fd, &address, length);
	/* If /proc is not mounted, connects to the path. */
	if (err == ENOENT && fdpass_unix_address(addr->name, addr->length, &address, &length) == 0)
		err = connect_error(fd, &address, length);
	(void)close(fd);
	/* EPERM means that a datagram socket is bound to INODE and is connected to another peer. */
	return err == EPROTOTYPE || err == EPERM ? 0 : err;
}

static bool
still_there(int dirfd, const char *base, const struct stat *was)
{
	struct stat st;

	return fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == was->st_dev &&
	    st.st_ino == was->st_ino;
}

/*
 * Removes BASE in the directory DIRFD if BASE is a stale socket. INODE is an open descriptor for BASE. While INODE is
 * open, no other file can get the inode number of BASE.
 */
static int
check_existing(int dirfd, const char *base, int inode, const struct addr *addr, struct fail *fail)
{
	struct stat st;

	if (fstatat(inode, "", &st, AT_EMPTY_PATH) == -1)
		return fail_errno(fail, "listen on %s: cannot inspect the existing file", addr->text);
	if (S_ISDIR(st.st_mode))
		return fail_msg(fail, "listen on %s: it is a directory", addr->text);
	if (S_ISLNK(st.st_mode))
		return fail_msg(fail, "listen on %s: it is a symbolic link, which is not replaced", addr->text);
	if (!S_ISSOCK(st.st_mode))
		return fail_msg(
		    fail, "listen on %s: the existing file is not a socket, and is not replaced", addr->text);
	errno = probe(inode, addr);
	if (errno == 0)
		return fail_msg(fail, "listen on %s: another process is listening on it", addr->text);
	if (errno != ECONNREFUSED)
		return fail_errno(
		    fail, "listen on %s: cannot determine whether a process is listening on it", addr->text);
	if (still_there(dirfd, base, &st) && unlinkat(dirfd, base, 0) == -1 && errno != ENOENT)
		return fail_errno(fail, "listen on %s: cannot remove the stale socket", addr->text);
	return 0;
}

int
stale_remove(int dirfd, const char *base, const struct addr *addr, struct fail *fail)
{
	int inode, rc;

	inode = openat(dirfd, base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (inode == -1)
		return errno == ENOENT ? 0 :
					 fail_errno(fail, "listen on %s: cannot inspect the existing file", addr->text);
	rc = check_existing(dirfd, base, inode, addr, fail);
	(void)close(inode);
	return rc;
}
