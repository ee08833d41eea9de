/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "cli/cleanup.h"
#include "cli/pid_file.h"

/*
 * The variables are static because a signal handler removes the file. The PID file stays open, so that its inode number
 * cannot be reused for another file.
 */
static struct {
	const char *volatile path;
	int fd;
	dev_t device;
	ino_t inode;
} written = { .fd = -1 };

/* Reports an error if PATH exists and is not a regular file (for example, a device or a socket). */
static int
check_present(const char *path, struct fail *fail)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : fail_errno(fail, "--pid-file=%s", path);
	if (!S_ISREG(st.st_mode))
		return fail_msg(fail, "--pid-file=%s: the file exists and is not a regular file", path);
	return 0;
}

static int
fill(int fd, const char *path, struct fail *fail)
{
	struct stat st;
	char line[32];

	(void)snprintf(line, sizeof(line), "%ld\n", (long)getpid());
	if (write_all(fd, line, strlen(line)) == -1 || fchmod(fd, 0644) == -1 || fstat(fd, &st) == -1)
		return fail_errno(fail, "--pid-file=%s", path);
	written.device = st.st_dev;
	written.inode = st.st_ino;
	return 0;
}

static int
write_beside(const char *path, char *beside, struct fail *fail)
{
	int fd = mkostemp(beside, O_CLOEXEC), ret;

	if (fd == -1)
		return fail_errno(fail, "--pid-file=%s", path);
	ret = fill(fd, path, fail);
	if (ret == 0 && rename(beside, path) == -1)
		ret = fail_errno(fail, "--pid-file=%s", path);
	if (ret == -1) {
		(void)unlink(beside);
		(void)close(fd);
		return -1;
	}
	written.fd = fd;
	written.path = path;
	return 0;
}

int
pid_file_write(const char *path, struct fail *fail)
{
	char *beside;
	int ret;

	if (check_present(path, fail) == -1)
		return -1;
	if (asprintf(&beside, "%s.XXXXXX", path) == -1)
		return fail_errno(fail, "--pid-file=%s", path);
	cleanup_hold();
	ret = write_beside(path, beside, fail);
	cleanup_release();
	free(beside);
	return ret;
}

void
pid_file_remove(void)
{
	int err = errno;
	struct stat st;

	if (written.path != NULL && lstat(written.path, &st) == 0 && st.st_dev == written.device &&
	    st.st_ino == written.inode)
		(void)unlink(written.path);
	written.path = NULL;
	if (written.fd != -1)
		(void)close(written.fd);
	written.fd = -1;
	errno = err;
}
