/* SPDX-License-Identifier: ISC */
/*
 * Stores the inode number of this process's pidfd in *ID. A pidfd's inode number identifies the process until the next
 * reboot, whereas a pid can be reused (see LISTEN_PIDFDID in sd_listen_fds(3)).
 */
#ifndef BASE_PIDFD_ID_H
#define BASE_PIDFD_ID_H

#include <stdint.h>
#include <sys/types.h>

/* Returns 0 and fills *ID. Returns -1 on kernels before Linux 6.9, on which all pidfds have the same inode number. */
int pidfd_id_self(uint64_t *id);

/* Like pidfd_id_self(), for process PID. */
int pidfd_id_of(pid_t pid, uint64_t *id);

#endif
