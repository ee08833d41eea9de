/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hold/same_file.h"

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3) /* linux/fcntl.h, since Linux 6.10 */
#endif

/*
 * Compares two descriptors in the kernel with kcmp(2). Returns 1 if both descriptors refer to the same open file
 * description, 0 if they do not, or -1 if the kernel cannot compare them.
 */
static int
kernel_compares(int a, int b)
{
	int rc = fcntl(a, F_DUPFD_QUERY, b);

	if (rc == 0 || rc == 1)
		return rc;
#ifdef SYS_kcmp
	rc = (int)syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, (unsigned long)a, (unsigned long)b);
	if (rc >= 0 && rc <= 3)
		return rc == 0;
#endif
	return -1;
}

bool
same_open_file(int a, const struct file_stat *a_stat, int b, const struct file_stat *b_stat)
{
	int rc;

	if (a == b)
		return true;
	/* Two different files are never the same open file description, so most calls of kcmp(2) are unnecessary. */
	if (a_stat->ino != b_stat->ino || a_stat->dev_major != b_stat->dev_major ||
	    a_stat->dev_minor != b_stat->dev_minor)
		return false;
	rc = kernel_compares(a, b);
	/*
	 * If kcmp(2) is not available, sockets are compared by inode number, because each socket has exactly one open
	 * file description and a unique inode number.
	 */
	return rc != -1 ? rc == 1 : S_ISSOCK(a_stat->mode);
}
