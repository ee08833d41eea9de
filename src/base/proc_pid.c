/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc_pid.h"

ssize_t
proc_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	text[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, size - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

bool
proc_stat_read(pid_t pid, struct proc_stat *stat)
{
	char text[256];
	const char *end;
	int parent, pgrp;
	char state;

	*stat = (struct proc_stat){ .parent = 0 };
	if (proc_read(pid, "stat", text, sizeof(text)) <= 0)
		return false;
	/*
	 * /proc/PID/stat is "PID (COMM) STATE PARENT PGRP ...", where COMM can contain any characters, including
	 * parentheses.
	 */
	end = strrchr(text, ')');
	if (end == NULL || sscanf(end + 1, " %c %d %d", &state, &parent, &pgrp) != 3)
		return false;
	/*
	 * While the kernel releases a process that has exited, /proc/PID/stat contains the parent 0 and the process
	 * group -1.
	 */
	if (pgrp == -1)
		return false;
	stat->state = state;
	stat->parent = (pid_t)parent;
	return true;
}
