/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fail.h"
#include "base/signal_mask.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/internal.h"

#define TEMPORARY_TRIES 16
#define STALE_TRIES	4

/* The variables that are needed while a socket is bound to a path. */
struct binding {
	struct endpoint *ep;
	const struct addr *addr;
	const struct endpoint_options *options;
	int dirfd;  /* O_PATH descriptor of the path's directory; moved to the endpoint after binding */
	char *base; /* last component of the path, allocated; moved to the endpoint after binding */
	mode_t made_mode;
};

static bool
wants_owner(const struct endpoint_options *options)
{
	return options->owner != (uid_t)-1 || options->group != (gid_t)-1;
}

static int
path_split(struct binding *b, struct fail *fail)
{
	const char *path = b->addr->name, *slash = strrchr(path, '/');
	char *dir;

	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	b->base = strdup(slash != NULL ? slash + 1 : path);
	if (dir == NULL || b->base == NULL) {
		free(dir);
		return fail_errno(fail, "listen on %s", b->addr->text);
	}
	if (*b->base == '\0') {
		free(dir);
		return fail_msg(fail, "listen on %s: a socket's path cannot end with a slash", b->addr->text);
	}
	b->dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (b->dirfd == -1)
		(void)fail_errno(fail, "listen on %s: cannot open directory %s", b->addr->text, dir);
	free(dir);
	return b->dirfd == -1 ? -1 : 0;
}

/*
 * Binds FD to ADDRESS. The inode that bind(2) creates gets the mode that fchmod(2) has set on the unbound socket. The
 * umask must not change this mode, so it is 0 during bind(2).
 */
static int
bind_to(int fd, const struct sockaddr_un *address, socklen_t length)
{
	mode_t mask = umask(0);
	int rc, err;

	rc = bind(fd, (const struct sockaddr *)address, length);
	err = errno;
	(void)umask(mask);
	errno = err;
	return rc;
}

/* Renames the file FROM to TO in the directory DIRFD. Fails with EEXIST if TO exists. */
static int
rename_new(int dirfd, const char *from, const char *to)
{
	if (syscall(SYS_renameat2, dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/*
	 * The file system or kernel does not support RENAME_NOREPLACE. linkat(2) and unlinkat(2) have the same effect.
	 */
	if (linkat(dirfd, from, dirfd, to, 0) == -1)
		return -1;
	return unlinkat(dirfd, from, 0);
}

/*
 * Binds the socket to a temporary name and renames the created file. Used if the last component of the path is too long
 * for sun_path.
 */
static int
bind_and_rename(const struct binding *b)
{
	struct sockaddr_un address;
	socklen_t length;
	unsigned int random, tries;
	char temporary[32];
	struct stat st;
	int rc = -1, err;

	/*
	 * An existing path must be detected before bind(2) is called: after the socket has been bound to the temporary
	 * name, bind(2) cannot be called again.
	 */
	if (fstatat(b->dirfd, b->base, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EADDRINUSE;
		return -1;
	}
	for (tries = 0; rc == -1 && tries < TEMPORARY_TRIES; tries++) {
		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -1;
		(void)snprintf(temporary, sizeof(temporary), ".fdpass-%08x", random);
		if (proc_address(b->dirfd, temporary, &address, &length) == -1)
			return -1;
		rc = bind_to(b->ep->fd, &address, length);
		if (rc == -1 && errno != EADDRINUSE)
			return -1;
	}
	if (rc == -1 || rename_new(b->dirfd, temporary, b->base) == 0)
		return rc;
	err = errno;
	(void)unlinkat(b->dirfd, temporary, 0);
	errno = err;
	return -1;
}

static int
bind_once(const struct binding *b)
{
	struct sockaddr_un address;
	socklen_t length;

	if (fdpass_unix_address(b->addr->name, b->addr->length, &address, &length) == 0 ||
	    proc_address(b->dirfd, b->base, &address, &length) == 0)
		return bind_to(b->ep->fd, &address, length);
	return bind_and_rename(b);
}

/* Stores the inode number of the bound path in the endpoint, so that endpoint_unlink() can remove the path. */
static int
record(struct binding *b)
{
	struct endpoint *ep = b->ep;
	struct stat st;

	if (fstatat(b->dirfd, b->base, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	b->made_mode = st.st_mode;
	ep->dev_major = major(st.st_dev);
	ep->dev_minor = minor(st.st_dev);
	ep->ino = st.st_ino;
	ep->base = b->base;
	ep->dirfd = b->dirfd;
	b->base = NULL;
	b->dirfd = -1;
	return 0;
}

/*
 * Binds the socket to its path and stores the inode number of the path. Signals are blocked during both steps, so that
 * a signal handler never runs when the path exists but its inode number is unknown.
 */
static int
bind_recorded(struct binding *b)
{
	sigset_t before;
	int rc, err;

	signal_mask_block(NULL, 0, &before);
	rc = bind_once(b);
	if (rc == 0 && record(b) == -1) {
		/*
		 * The inode number is unknown, so endpoint_unlink() cannot remove the path. The path is removed here,
		 * because this process has just created it.
		 */
		err = errno;
		(void)unlinkat(b->dirfd, b->base, 0);
		errno = err;
		rc = -1;
	}
	signal_mask_restore(&before);
	return rc;
}

static int
bind_failed(const struct binding *b, struct fail *fail)
{
	if (errno == ENOENT && access("/proc/self/fd", F_OK) == -1)
		return fail_msg(
		    fail, "listen on %s: a path of this length needs /proc, which is not mounted", b->addr->text);
	return fail_errno(fail, "listen on %s", b->addr->text);
}

static int
path_bind(struct binding *b, struct fail *fail)
{
	int lock, rc, tries;
	bool again;

	rc = bind_recorded(b);
	if (rc == 0)
		return 0;
	if (errno != EADDRINUSE)
		return bind_failed(b, fail);
	/*
	 * The lock is held until the path is bound. If two fdpass processes find the same stale socket, only the first
	 * one removes it. When the second one gets the lock, it finds the listening socket of the first one.
	 */
	lock = stale_lock(b->dirfd);
	for (tries = 0; rc == -1 && tries < STALE_TRIES; tries++) {
		if (stale_remove(b->dirfd, b->base, b->addr, fail) == -1)
			break;
		rc = bind_recorded(b);
		if (rc == -1) {
			again = errno == EADDRINUSE;
			(void)bind_failed(b, fail);
			if (!again)
				break;
		}
	}
	if (lock != -1)
		(void)close(lock);
	return rc;
}

/*
 * Sets the owner and mode of the bound inode. Uses the O_PATH descriptor INODE instead of the path, and checks first
 * that INODE is the bound socket, because another process with write access to the directory may have replaced the
 * path.
 */
static int
inode_adorn(int inode, const struct binding *b, struct fail *fail)
{
	const struct endpoint_options *options = b->options;
	char path[32];
	struct stat st;

	if (fstatat(inode, "", &st, AT_EMPTY_PATH) == -1)
		return fail_errno(fail, "listen on %s: cannot inspect the new socket", b->addr->text);
	if (!S_ISSOCK(st.st_mode) || st.st_nlink != 1 || st.st_ino != b->ep->ino)
		return fail_msg(fail, "listen on %s: another process replaced the new socket", b->addr->text);
	if (wants_owner(options) && fchownat(inode, "", options->owner, options->group, AT_EMPTY_PATH) == -1)
		return fail_errno(fail, "listen on %s: cannot set the owner and group", b->addr->text);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", inode);
	if (chmod(path, options->mode) == -1)
		return fail_errno(fail, "listen on %s: cannot set the mode", b->addr->text);
	return 0;
}

static int
path_adorn(const struct binding *b, struct fail *fail)
{
	int inode, rc;

	/*
	 * Nothing needs to be changed if bind(2) has created the path with the requested mode. A default ACL of the
	 * directory can clear bits of the mode.
	 */
	if (!wants_owner(b->options) && (b->made_mode & 07777) == (b->options->mode & 07777))
		return 0;
	inode = openat(b->ep->dirfd, b->ep->base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (inode == -1)
		return fail_errno(fail, "listen on %s: cannot inspect the new socket", b->addr->text);
	rc = inode_adorn(inode, b, fail);
	(void)close(inode);
	return rc;
}

static int
path_listen(struct binding *b, struct fail *fail)
{
	/*
	 * If the owner must be changed after bind(2), the mode is 0 until the owner has been changed, so that no peer
	 * can connect before that.
	 */
	if (fchmod(b->ep->fd, wants_owner(b->options) ? 0 : b->options->mode) == -1)
		return fail_errno(fail, "listen on %s: cannot set the mode", b->addr->text);
	if (path_split(b, fail) == -1 || path_bind(b, fail) == -1)
		return -1;
	return path_adorn(b, fail);
}

static int
abstract_listen(const struct endpoint *ep, const struct addr *addr, struct fail *fail)
{
	struct sockaddr_un address;
	socklen_t length;

	if (fdpass_unix_address(addr->name, addr->length, &address, &length) == -1)
		return fail_errno(fail, "listen on %s", addr->text);
	if (bind(ep->fd, (const struct sockaddr *)&address, length) == 0)
		return 0;
	if (errno == EADDRINUSE)
		return fail_msg(fail, "listen on %s: the name is already in use", addr->text);
	return fail_errno(fail, "listen on %s", addr->text);
}

int
endpoint_listen(struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail)
{
	struct binding b = { .ep = ep, .addr = addr, .options = options, .dirfd = -1 };
	int rc;

	ep->domain = AF_UNIX;
	ep->type = options->type != 0 ? options->type : SOCK_STREAM;
	ep->ours = true;
	ep->nonblocking = ep->type != SOCK_DGRAM && options->deadline != FDPASS_NEVER;
	ep->fd = socket_new(ep->type | (ep->nonblocking ? SOCK_NONBLOCK : 0), addr, options, fail);
	if (ep->fd == -1)
		return -1;
	rc = addr->kind == ADDR_PATH ? path_listen(&b, fail) : abstract_listen(ep, addr, fail);
	if (b.dirfd != -1)
		(void)close(b.dirfd);
	free(b.base);
	if (rc == -1 || ep->type == SOCK_DGRAM)
		return rc;
	/* The kernel limits the backlog to net.core.somaxconn. */
	if (listen(ep->fd, INT_MAX) == -1)
		return fail_errno(fail, "listen on %s", addr->text);
	ep->listening = true;
	return 0;
}
