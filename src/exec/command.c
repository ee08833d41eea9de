/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/sigpipe.h"
#include "exec/command.h"

#define DEFAULT_PATH "/bin:/usr/bin"

/* Returns -1 with errno if executing the file PATH would certainly fail, otherwise 0. */
static int
executable(const char *path)
{
	struct stat st;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ? -1 : 0;
	if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode))
		return 0;
	errno = EACCES;
	return -1;
}

/*
 * Searches for NAME in each directory of the environment variable PATH. An empty string between two colons means the
 * current directory.
 */
static int
executable_in_path(const char *name)
{
	const char *dir = getenv("PATH");
	char path[PATH_MAX];
	int err = ENOENT;
	size_t length;

	if (dir == NULL)
		dir = DEFAULT_PATH;
	for (;; dir += length + 1) {
		length = strcspn(dir, ":");
		if ((size_t)snprintf(path, sizeof(path), "%.*s%s%s", (int)length, dir, length > 0 ? "/" : "", name) <
		    sizeof(path)) {
			if (executable(path) == 0)
				return 0;
			if (errno == EACCES)
				err = EACCES;
		}
		if (dir[length] == '\0')
			break;
	}
	errno = err;
	return -1;
}

static int
command_failed(const char *name, struct fail *fail)
{
	(void)fail_errno(fail, "cannot run %s", name);
	fail->reason = fail->err == ENOENT ? FAIL_NOT_FOUND : FAIL_CANNOT_RUN;
	return -1;
}

int
command_check(const char *name, struct fail *fail)
{
	if ((strchr(name, '/') != NULL ? executable(name) : executable_in_path(name)) == 0)
		return 0;
	return command_failed(name, fail);
}

int
command_exec(char *const *argv, struct fail *fail)
{
	sigpipe_restore();
	fd_limit_restore();
	(void)execvp(argv[0], argv);
	return command_failed(argv[0], fail);
}
