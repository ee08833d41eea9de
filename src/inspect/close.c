/* SPDX-License-Identifier: ISC */
/* Decides whether close(2) of a descriptor can block. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filestat.h"
#include "base/helper.h"
#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/kind.h"
#include "inspect/mountinfo.h"

#define BATCH 256

/*
 * Returns true for descriptors whose close never blocks. There are few: any file that can be polled may be in an epoll
 * instance whose lock another process holds indefinitely, and the last close waits for that lock; lingering sockets,
 * tapes and serial lines block, too.
 */
static bool
is_prompt(const struct fd_facts *f)
{
	const char *type;

	if (!f->has_stat || f->st.mount_root)
		return false;
	if (f->access == ACCESS_PATH || (f->kind->flags & KIND_PROMPT) != 0)
		return true;
	if (!S_ISREG(f->st.mode) && !S_ISDIR(f->st.mode))
		return false;
	type = fd_filesystem(f);
	return type != NULL && !mount_type_may_block(type);
}

bool
fd_close_may_block(const struct fd_facts *f)
{
	return f->err == 0 && !is_prompt(f);
}

/* One system call decides it for nearly all descriptors: a regular file on a file system with a block device. */
static bool
is_local_file(int fd)
{
	struct file_stat st;

	/* Not fstat(2), which may contact a file server. */
	return file_stat(fd, &st) == 0 && S_ISREG(st.mode) && st.dev_major != 0 && !st.mount_root;
}

void
fd_close_all(const int *fds, size_t n)
{
	NO_AUTO_INIT struct fd_facts facts;
	NO_AUTO_INIT int slow[BATCH];
	size_t i, slow_count = 0;
	int err = errno;

	for (i = 0; i < n; i++) {
		if (fds[i] == -1)
			continue;
		if (is_local_file(fds[i])) {
			(void)close(fds[i]);
			continue;
		}
		fd_probe(fds[i], &facts);
		if (!fd_close_may_block(&facts)) {
			(void)close(fds[i]);
			continue;
		}
		slow[slow_count++] = fds[i];
		if (slow_count == BATCH) {
			helper_close(slow, slow_count);
			slow_count = 0;
		}
	}
	if (slow_count > 0)
		helper_close(slow, slow_count);
	errno = err;
}
