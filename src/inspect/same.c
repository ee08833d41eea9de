/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/pid_cache.h"
#include "inspect/same.h"

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif
#define KCMP_FILE 0

bool
fd_is_same(int a, int b)
{
	static bool old_kernel; /* before Linux 6.10 */
	int answer;

	if (!old_kernel) {
		answer = fcntl(a, F_DUPFD_QUERY, b);
		if (answer != -1)
			return answer == 1;
		old_kernel = true;
	}
#ifdef SYS_kcmp
	return syscall(SYS_kcmp, pid_cache_get(), pid_cache_get(), KCMP_FILE, a, b) == 0;
#else
	return false;
#endif
}

size_t
fd_same_index(int fd, const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] >= 0 && fd_is_same(fd, fds[i]))
			return i;
	return count;
}

int
message_same_as(const struct message *m, size_t slot)
{
	int fd = fdpass_msg_fd(m->msg, slot), before;
	size_t i;

	if (fd < 0)
		return -1;
	for (i = 0; i < slot; i++) {
		before = fdpass_msg_fd(m->msg, i);
		if (before >= 0 && fd_is_same(fd, before))
			return m->numbers != NULL ? m->numbers[i] : before;
	}
	return -1;
}
