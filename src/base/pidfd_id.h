/* SPDX-License-Identifier: ISC */
/*
 * The inode number of a pidfd of this process, which identifies the process until reboot; a pid may be reused
 * (LISTEN_PIDFDID).
 */
#ifndef BASE_PIDFD_ID_H
#define BASE_PIDFD_ID_H

#include <stdint.h>
#include <sys/types.h>

/* Returns 0 and fills *ID, or returns -1 on kernels before Linux 6.9, which have no such number. */
int pidfd_id_self(uint64_t *id);

/* Does the same for process PID. */
int pidfd_id_of(pid_t pid, uint64_t *id);

#endif
