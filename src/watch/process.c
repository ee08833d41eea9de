/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/proc_pid.h"
#include "watch/internal.h"

#define PIDFD_THREAD_FLAG O_EXCL /* PIDFD_THREAD, Linux 6.9 */

/*
 * Returns the text after KEY, such as "TracerPid:", at the beginning of a line. TEXT is the content of
 * /proc/PID/status. Returns NULL if there is no such line. The search starts after the first line, because the first
 * line contains the program's name, and the program can set its name to any text.
 */
static const char *
status_find(const char *text, const char *key)
{
	const char *at = strchr(text, '\n');

	while (at != NULL && strncmp(at + 1, key, strlen(key)) != 0)
		at = strchr(at + 1, '\n');
	return at != NULL ? at + 1 + strlen(key) : NULL;
}

long
process_status_number(pid_t pid, const char *key)
{
	char text[4096];
	const char *at;

	if (proc_read(pid, "status", text, sizeof(text)) == -1)
		return -1;
	at = status_find(text, key);
	return at != NULL ? strtol(at, NULL, 10) : -1;
}

/* Returns the signal mask in the line of /proc/PID/status that starts with KEY, such as "SigPnd:". */
static uint64_t
signals_of(const char *text, const char *key)
{
	const char *at = status_find(text, key);

	return at != NULL ? strtoull(at, NULL, 16) : 0;
}

bool
process_has_signal(pid_t tid)
{
	static const int harmless[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };
	char text[4096];
	uint64_t pending, none = 0;
	size_t i;

	if (proc_read(tid, "status", text, sizeof(text)) == -1)
		return false;
	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		none |= UINT64_C(1) << (harmless[i] - 1);
	pending = signals_of(text, "SigPnd:") | signals_of(text, "ShdPnd:");
	pending &= ~signals_of(text, "SigBlk:") & ~signals_of(text, "SigIgn:");
	return (pending & (signals_of(text, "SigCgt:") | ~none)) != 0;
}

pid_t
process_of_thread(pid_t tid)
{
	long pid = process_status_number(tid, "Tgid:");

	return pid > 0 ? (pid_t)pid : 0;
}

int
process_directory_open(pid_t tid)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)tid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int
process_comm_open(pid_t pid)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

size_t
process_comm_read(int fd, char *comm, size_t size)
{
	ssize_t n = fd != -1 ? pread(fd, comm, size, 0) : -1;

	if (n > 0 && comm[n - 1] == '\n')
		n--;
	return n > 0 ? (size_t)n : 0;
}

long
process_fdinfo_number(pid_t pid, const char *fd, const char *key)
{
	char name[32], text[4096];
	const char *at = NULL;

	(void)snprintf(name, sizeof(name), "fdinfo/%s", fd);
	if (proc_read(pid, name, text, sizeof(text)) > 0)
		at = strstr(text, key);
	return at != NULL ? strtol(at + strlen(key), NULL, 10) : -1;
}

ssize_t
process_read_link(pid_t pid, const char *fd, char *link, size_t size)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, fd);
	return readlink(path, link, size);
}

bool
process_has_uring(pid_t pid)
{
	static const char name[] = "anon_inode:[io_uring]";
	char path[48], link[sizeof(name)];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link)) == (ssize_t)sizeof(name) - 1 &&
		    memcmp(link, name, sizeof(name) - 1) == 0;
	(void)closedir(dir);
	return found;
}

int
process_pidfd(pid_t tid, pid_t pid)
{
	/*
	 * A pidfd of the thread itself is preferred, because the thread can have its own descriptor table, and can exit
	 * later than the first thread of the process.
	 */
	int fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD_FLAG);

	if (fd == -1 && errno == EINVAL)
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd;
}
