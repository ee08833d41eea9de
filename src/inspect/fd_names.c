/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/fd_names.h"
#include "inspect/process.h"

#define TABLE_NAME "fdpass-fd-names"

int
fd_names_create(void)
{
	return memfd_create(TABLE_NAME, MFD_CLOEXEC);
}

/* Returns true if RLIMIT_FSIZE permits a file size of END. A write beyond RLIMIT_FSIZE would raise SIGXFSZ. */
static bool
fits(off_t end)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	    (limit.rlim_cur == RLIM_INFINITY || (uintmax_t)end <= (uintmax_t)limit.rlim_cur);
}

void
fd_names_set(int table, int number, const char *name)
{
	char slot[FD_NAMES_SLOT] = "";
	off_t at = (off_t)number * FD_NAMES_SLOT;

	if (table == -1 || !fits(at + FD_NAMES_SLOT))
		return;
	if (name != NULL)
		(void)memccpy(slot, name, '\0', sizeof(slot) - 1);
	if (pwrite(table, slot, sizeof(slot), at) == -1) {
		/* The error is ignored, because its only effect is that show omits the name. */
	}
}

/*
 * Returns true if FD is a memfd. A file that is not a memfd can have the same link text as a table, but reading such a
 * file could block.
 */
static bool
is_table(int fd)
{
	NO_AUTO_INIT struct fd_facts facts;

	fd_probe(fd, &facts);
	return strcmp(fd_kind_word(&facts), "memfd") == 0 && facts.access != ACCESS_PATH;
}

static int
open_table(pid_t pid, int number)
{
	int pidfd = proc_pid_open(pid), fd = -1;

	if (pidfd == -1)
		return -1;
	fd = proc_pid_getfd(pidfd, number);
	(void)close(pidfd);
	if (fd != -1 && is_table(fd))
		return fd;
	fd_close_all(&fd, 1);
	return -1;
}

int
fd_names_open(pid_t pid)
{
	static const char link[] = "/memfd:" TABLE_NAME " (deleted)";
	char found[sizeof(link) + 1];
	int *fds, table = -1;
	size_t count, i;

	if (proc_pid_fds(pid, &fds, &count) == -1)
		return -1;
	for (i = 0; i < count && table == -1; i++)
		if (proc_pid_readlink(pid, fds[i], found, sizeof(found)) != -1 && strcmp(found, link) == 0)
			table = open_table(pid, fds[i]);
	free(fds);
	return table;
}

size_t
fd_names_get(int table, int number, char name[FD_NAMES_SLOT])
{
	ssize_t n;

	name[0] = '\0';
	if (table == -1)
		return 0;
	n = pread(table, name, FD_NAMES_SLOT - 1, (off_t)number * FD_NAMES_SLOT);
	name[n > 0 ? n : 0] = '\0';
	return strlen(name);
}
