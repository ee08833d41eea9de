/* SPDX-License-Identifier: ISC */
/* Counts the open descriptors of a unit test, to find descriptors that the tested code has not closed. */
#ifndef TESTS_UNIT_OPEN_FDS_H
#define TESTS_UNIT_OPEN_FDS_H

#include <fcntl.h>

static int
count_fds(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

#endif
