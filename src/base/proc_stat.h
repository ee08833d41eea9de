/* SPDX-License-Identifier: ISC */
/* Reads /proc/PID/stat. */
#ifndef BASE_PROC_STAT_H
#define BASE_PROC_STAT_H

#include <stdbool.h>
#include <sys/types.h>

struct proc_stat {
	char state;   /* R, S, D, T, t, Z, ... */
	pid_t parent; /* 0: no parent in this pid namespace */
};

/* PID can be the ID of a thread. Returns false if the process has exited or is not visible; then *STAT is all zero. */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

#endif
