/* SPDX-License-Identifier: ISC */
/* Determines whether close(2) of a descriptor can block. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/close_many.h"
#include "base/filestat.h"
#include "base/helper.h"
#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/kind.h"
#include "inspect/mountinfo.h"

#define BATCH 256

/*
 * Returns true if closing the descriptor never blocks, which is certain only for a few kinds of descriptors. Closing a
 * lingering socket, a tape or a serial line can block. A file that can be polled may be in an epoll instance. Another
 * process can hold the lock of the epoll instance indefinitely, and the last close of the file waits for this lock.
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

static bool __attribute__((noinline)) /* noinline: the stack space for FACTS is needed only during the call */
is_prompt_fd(int fd)
{
	NO_AUTO_INIT struct fd_facts facts;

	fd_probe(fd, &facts);
	return !fd_close_may_block(&facts);
}

/* Returns true if closing FD can block. Needs only one system call for most descriptors. */
static bool
is_slow(int fd)
{
	struct file_stat st;

	/* file_stat() is used instead of fstat(2), because fstat(2) can contact a file server. */
	if (file_stat(fd, &st) == 0) {
		if (S_ISREG(st.mode) && st.dev_major != 0 && !st.mount_root)
			return false;
		if (S_ISSOCK(st.mode) || S_ISFIFO(st.mode))
			return true;
	}
	return !is_prompt_fd(fd);
}

void
fd_close_all(const int *fds, size_t n)
{
	NO_AUTO_INIT int prompt[BATCH], slow[BATCH];
	size_t i = 0, prompt_count, slow_count;
	int err = errno;

	while (i < n) {
		prompt_count = slow_count = 0;
		for (; i < n && prompt_count < BATCH && slow_count < BATCH; i++) {
			if (fds[i] == -1)
				continue;
			if (is_slow(fds[i]))
				slow[slow_count++] = fds[i];
			else
				prompt[prompt_count++] = fds[i];
		}
		close_many(prompt, prompt_count);
		if (slow_count > 0)
			helper_close(slow, slow_count);
	}
	errno = err;
}
