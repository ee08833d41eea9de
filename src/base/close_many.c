/* SPDX-License-Identifier: ISC */
#include <sys/syscall.h>
#include <unistd.h>

#include "base/close_many.h"

void
close_many(const int *fds, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && fds[k] == fds[k - 1] + 1; k++)
			;
		/* close_range(2) is available since Linux 5.9. */
		if (k > i + 1 && syscall(SYS_close_range, (unsigned int)fds[i], (unsigned int)fds[k - 1], 0U) == 0)
			continue;
		for (; i < k; i++)
			(void)close(fds[i]);
	}
}
