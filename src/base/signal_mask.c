/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/signal_mask.h"

#define KERNEL_SIGSET_SIZE ((size_t)_NSIG / 8)

void
signal_mask_block(const int *except, size_t count, sigset_t *before)
{
	sigset_t set;
	size_t i;

	/* sigfillset(3) omits the signals that the C library reserves for threads. */
	memset(&set, 0xff, sizeof(set));
	for (i = 0; i < count; i++)
		(void)sigdelset(&set, except[i]);
	memset(before, 0, sizeof(*before));
	(void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, before, KERNEL_SIGSET_SIZE);
}

void
signal_mask_restore(const sigset_t *before)
{
	int err = errno;

	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, KERNEL_SIGSET_SIZE);
	errno = err;
}
