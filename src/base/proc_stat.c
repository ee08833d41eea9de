/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc_stat.h"

bool
proc_stat_read(pid_t pid, struct proc_stat *stat)
{
	char path[40], text[256];
	const char *end;
	ssize_t n;
	int fd;

	*stat = (struct proc_stat){ .parent = 0 };
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* "PID (COMM) STATE PARENT ...": COMM can contain any characters, including parentheses. */
	end = strrchr(text, ')');
	if (end == NULL || strlen(end) <= 4 || end[1] != ' ')
		return false;
	stat->state = end[2];
	stat->parent = (pid_t)atoi(end + 4);
	return true;
}
