/* SPDX-License-Identifier: ISC */
/* Reads files in the directory of a process in /proc. PID can be the ID of a thread. */
#ifndef BASE_PROC_PID_H
#define BASE_PROC_PID_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads up to SIZE - 1 bytes of /proc/PID/NAME into TEXT and appends a NUL byte, also on failure. Returns the number of
 * bytes, or -1 with errno.
 */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size);

struct proc_stat {
	char state;   /* R, S, D, T, t, Z, ... */
	pid_t parent; /* 0: no parent in this pid namespace */
};

/* Reads /proc/PID/stat. Returns false if the process has exited or is not visible; then *STAT is all zero. */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

#endif
