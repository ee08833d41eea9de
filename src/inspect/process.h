/* SPDX-License-Identifier: ISC */
/* Information about other processes: their descriptors, names and descendants. Uses /proc and pidfd_getfd(2). */
#ifndef INSPECT_PROCESS_H
#define INSPECT_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#define PROC_COMM_SIZE 64 /* larger than TASK_COMM_LEN, because kernel threads can have longer names */

/*
 * Lists the open descriptor numbers of PID in ascending order. The caller must free *FDS. Returns 0, or -1 with errno:
 * ENOENT if the process does not exist.
 */
int proc_pid_fds(pid_t pid, int **fds, size_t *count);

/* Reads the command name of PID, which is the content of /proc/PID/comm. Sets COMM to "" if it is unknown. */
void proc_pid_comm(pid_t pid, char comm[PROC_COMM_SIZE]);

/*
 * Lists PID and its descendants. Each process precedes its children. This process and its helpers are omitted, unless
 * PID is this process. The caller must free *PIDS. Returns 0, or -1 with errno.
 */
int proc_pid_tree(pid_t pid, pid_t **pids, size_t *count);

/* Lists all processes in ascending order. The caller must free *PIDS. Returns 0, or -1 with errno. */
int proc_all_pids(pid_t **pids, size_t *count);

/* Reads the link /proc/PID/fd/FD and appends a NUL byte. Returns its length, or -1 with errno. */
ssize_t proc_pid_readlink(pid_t pid, int fd, char *link, size_t size);

/*
 * Duplicates descriptor NUMBER of the process to which PIDFD refers. Returns the duplicate, which is close-on-exec, or
 * -1 with errno.
 */
int proc_pid_getfd(int pidfd, int number);

/* Returns a pidfd of PID, which is close-on-exec, or -1 with errno. */
int proc_pid_open(pid_t pid);

#endif
