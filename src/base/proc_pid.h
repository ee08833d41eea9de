/* SPDX-License-Identifier: ISC */
/* Reads files in the directory /proc/PID of a process. PID can also be a thread ID. */
#ifndef BASE_PROC_PID_H
#define BASE_PROC_PID_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads up to SIZE - 1 bytes of /proc/PID/NAME into TEXT, and appends a NUL byte, also on failure. Returns the number
 * of bytes read, or -1 with errno.
 */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size);

struct proc_stat {
	char state;   /* R, S, D, T, t, Z, ... */
	pid_t parent; /* pid of the parent; 0: the parent is outside this pid namespace */
};

/*
 * Reads /proc/PID/stat. Returns false, and sets all members of *STAT to 0, if the process has exited or is not visible.
 */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

#endif
