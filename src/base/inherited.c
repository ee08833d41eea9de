/* SPDX-License-Identifier: ISC */
#include <fcntl.h>

#include "base/inherited.h"

bool
inherited_is(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags != -1 && (flags & FD_CLOEXEC) == 0;
}
