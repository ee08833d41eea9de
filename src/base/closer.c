/* SPDX-License-Identifier: ISC */
/*
 * The closer process receives descriptors in batches, and creates a child for each batch. The child receives the batch
 * and exits. The exit closes the descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/fd_limit.h"
#include "base/helper.h"

#define HUNG_MAX 64

#define RETRIES	 20
#define RETRY_MS 10

/* Receives one batch of descriptors from the socket S. Returns false at end of file, or if no batch can be received. */
static bool
take_batch(int s)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(CLOSER_BATCH_MAX * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	if (recvmsg(s, &hdr, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	/* Waits until the sending process has closed its copies of the descriptors. */
	return recv(s, &byte, 1, 0) == 1;
}

/* Closes those descriptors from FIRST to LAST whose close cannot block while duplicates of them stay open. */
static void
close_prompt_ones(int first, int last)
{
	int fd;

	for (fd = first; fd <= last; fd++)
		if (!helper_copy_may_wait(fd))
			(void)close(fd);
}

/*
 * Closes the descriptors from FIRST to LAST. On kernels without close_range(2) (before Linux 5.9), closes only the
 * descriptors below END.
 */
static void
close_all(unsigned int first, unsigned int last, int end)
{
	unsigned int fd;

	if (syscall(SYS_close_range, first, last, 0U) == 0)
		return;
	for (fd = first; fd <= last && fd < (unsigned int)end; fd++)
		(void)close((int)fd);
}

/*
 * Unshares the descriptor table, and closes all descriptors except S. Descriptors whose close may block are closed
 * last, so that no other descriptors stay open if the closer hangs.
 */
static int
own_table(int s)
{
	int end;

	if (unshare(CLONE_FILES) == -1)
		return -1;
	end = fd_table_end();
	close_prompt_ones(0, s - 1);
	close_prompt_ones(s + 1, end - 1);
	close_all(0, (unsigned int)s - 1, end);
	close_all((unsigned int)s + 1, UINT_MAX, end);
	return 0;
}

static bool
contains(const int *fds, size_t n, int fd)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/* Like own_table(), but keeps the N descriptors FDS open, too. */
static int
own_table_with(int s, const int *fds, size_t n)
{
	int fd, end, pass;

	if (unshare(CLONE_FILES) == -1)
		return -1;
	end = fd_table_end();
	for (pass = 0; pass < 2; pass++)
		for (fd = 0; fd < end; fd++)
			if (fd != s && (pass == 1 || !helper_copy_may_wait(fd)) && !contains(fds, n, fd))
				(void)close(fd);
	return 0;
}

static void
allow_many(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Waits until a batch of descriptors is queued on the socket S. */
static bool
wait_batch(int s)
{
	char byte;
	ssize_t n;

	do
		n = recv(s, &byte, 1, MSG_PEEK);
	while (n == -1 && errno == EINTR);
	return n == 1;
}

/*
 * Creates a child that receives one batch of descriptors and exits. Returns the child's pid; the child may already have
 * exited. The child uses the shared memory to report whether it has received a batch. Returns -1 if no child can be
 * created, or 0 if the child has received no batch.
 */
static pid_t __attribute__((noinline)) child_make(int s)
{
	volatile bool taken = false;
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	pid_t pid = vfork(); /* cppcheck-suppress vforkCalled ; the child shares the parent's memory on purpose */

	if (pid == 0) {
		taken = take_batch(s); /* NOLINT(clang-analyzer-unix.Vfork) */
		_exit(0);
	}
	return pid == -1 || taken ? pid : 0;
}

/* Like child_make(), but retries up to RETRIES times if no child can be created. */
static pid_t
child_make_patiently(int s)
{
	pid_t pid;
	int tries;

	for (tries = 0; (pid = child_make(s)) == -1 && tries < RETRIES; tries++)
		(void)poll(NULL, 0, RETRY_MS);
	return pid;
}

void
closer_main(int s)
{
	size_t hung = 0;

	if (own_table(s) == -1)
		_exit(1);
	allow_many();
	(void)send(s, "", 1, MSG_NOSIGNAL);
	while (wait_batch(s)) {
		while (hung > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			hung--;
		if (hung < HUNG_MAX && child_make_patiently(s) > 0)
			hung++;
		/*
		 * If no child can be created, the closer receives the batch itself, and keeps its descriptors open
		 * until fdpass exits, because closing them could block.
		 */
		else if (!take_batch(s))
			break;
	}
	_exit(0);
}

/*
 * Moves the socket S to the lowest free descriptor number. When a process exits, the kernel closes the highest number
 * first, so the other end of S reports end of file only after all other descriptors are closed.
 */
static int
move_lowest(int s)
{
	int low = fcntl(s, F_DUPFD_CLOEXEC, 0);

	if (low == -1)
		return s;
	(void)close(s);
	return low;
}

void
closer_exit_with(int s, const int *fds, size_t n)
{
	char byte;

	if (own_table_with(s, fds, n) == -1)
		_exit(1);
	s = move_lowest(s);
	(void)send(s, "", 1, MSG_NOSIGNAL);
	while (recv(s, &byte, 1, 0) == -1 && errno == EINTR)
		;
	_exit(0);
}
