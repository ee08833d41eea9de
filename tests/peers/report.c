/* SPDX-License-Identifier: ISC */
/* Prints what this process inherited, in lines that a test can compare. */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

static int
by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
print_fd(int fd)
{
	char proc[64], link[4096];
	ssize_t length;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	length = readlink(proc, link, sizeof(link));
	if (length == -1)
		err(1, "readlink %s", proc);
	printf("%d ", fd);
	print_escaped(link, (unsigned long)length);
	putchar('\n');
}

void
report_fds(int except)
{
	struct dirent *entry;
	int fds[4096], fd;
	size_t count = 0, i;
	DIR *dir;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		err(1, "/proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		fd = atoi(entry->d_name);
		if (fd != dirfd(dir) && fd != except && count < sizeof(fds) / sizeof(fds[0]))
			fds[count++] = fd;
	}
	closedir(dir);
	qsort(fds, count, sizeof(fds[0]), by_number);
	for (i = 0; i < count; i++)
		print_fd(fds[i]);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Returns true if TEXT, the value of LISTEN_PIDFDID, is the inode number of a pidfd of this process.
 */
static int
is_own_pidfdid(const char *text)
{
	struct stat st;
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0), is;

	is = fd != -1 && fstat(fd, &st) == 0 && strtoull(text, NULL, 10) == (unsigned long long)st.st_ino;
	if (fd != -1)
		close(fd);
	return is;
}

void
report_env(void)
{
	const char *pid = getenv("LISTEN_PID"), *pidfdid = getenv("LISTEN_PIDFDID");
	char *found[512];
	size_t count = 0, i;
	char **at;

	for (at = environ; *at != NULL; at++)
		if ((strncmp(*at, "LISTEN_", 7) == 0 || strncmp(*at, "FDPASS_", 7) == 0) && count < 512)
			found[count++] = *at;
	qsort(found, count, sizeof(found[0]), by_name);
	for (i = 0; i < count; i++)
		if (strncmp(found[i], "LISTEN_PID", 10) != 0)
			puts(found[i]);
	if (pid != NULL)
		printf("LISTEN_PID is %s\n", atol(pid) == (long)getpid() ? "mine" : "not mine");
	if (pidfdid != NULL && !is_own_pidfdid(pidfdid))
		printf("LISTEN_PIDFDID is not mine\n");
}
