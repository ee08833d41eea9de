/* SPDX-License-Identifier: ISC */
/* Information about other processes: their descriptors, names and descendants. Uses /proc and pidfd_getfd(2). */
#ifndef INSPECT_PROCESS_H
#define INSPECT_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#define PROC_COMM_SIZE 64 /* larger than TASK_COMM_LEN (16), because /proc shows longer names for kernel threads */

/*
 * Lists the descriptor numbers that are open in process PID, in ascending order. The caller must free *FDS. Returns 0,
 * or -1 with errno: ENOENT if the process does not exist.
 */
int proc_pid_fds(pid_t pid, int **fds, size_t *count);

/*
 * Reads the command name of process PID from /proc/PID/comm. Sets COMM to "" if the process's command name is unknown.
 */
void proc_pid_comm(pid_t pid, char comm[PROC_COMM_SIZE]);

/*
 * Lists the process PID and its descendants, each process before its children. Omits this process and its helpers,
 * unless PID is this process. The caller must free *PIDS. Returns 0, or -1 with errno.
 */
int proc_pid_tree(pid_t pid, pid_t **pids, size_t *count);

/* Lists the pids of all processes in ascending order. The caller must free *PIDS. Returns 0, or -1 with errno. */
int proc_all_pids(pid_t **pids, size_t *count);

/* Reads the link /proc/PID/fd/FD and appends a NUL byte. Returns the length of the link's target, or -1 with errno. */
ssize_t proc_pid_readlink(pid_t pid, int fd, char *link, size_t size);

/*
 * Duplicates descriptor NUMBER of the process to which PIDFD refers. Returns the close-on-exec duplicate, or -1 with
 * errno.
 */
int proc_pid_getfd(int pidfd, int number);

/* Returns a close-on-exec pidfd of process PID, or -1 with errno. */
int proc_pid_open(pid_t pid);

#endif
