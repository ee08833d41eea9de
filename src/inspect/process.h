/* SPDX-License-Identifier: ISC */
/* Other processes: their descriptors, names and descendants, from /proc and pidfd_getfd(2). */
#ifndef INSPECT_PROCESS_H
#define INSPECT_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#define PROC_COMM_SIZE 64 /* a kernel thread's name is longer than TASK_COMM_LEN */

/*
 * Allocates the list of open descriptor numbers of PID, ascending. Returns 0, or -1 with errno: ENOENT if there is no
 * such process.
 */
int proc_pid_fds(pid_t pid, int **fds, size_t *count);

/* Reads the command name of PID, as in /proc/PID/comm; "" if it is unknown. */
void proc_pid_comm(pid_t pid, char comm[PROC_COMM_SIZE]);

/*
 * Allocates the list of PID and its descendants, each process before its children. This process and its helpers are
 * left out, unless PID is this process. Returns 0, or -1 with errno.
 */
int proc_pid_tree(pid_t pid, pid_t **pids, size_t *count);

/* Allocates the list of all processes, ascending. Returns 0, or -1 with errno. */
int proc_all_pids(pid_t **pids, size_t *count);

/* Reads the text of /proc/PID/fd/FD, NUL-terminated. Returns its length, or -1 with errno. */
ssize_t proc_pid_readlink(pid_t pid, int fd, char *link, size_t size);

/* Duplicates descriptor NUMBER of the process that PIDFD refers to. Returns it, close-on-exec, or -1 with errno. */
int proc_pid_getfd(int pidfd, int number);

/* Returns a pidfd of PID, close-on-exec, or -1 with errno. */
int proc_pid_open(pid_t pid);

#endif
