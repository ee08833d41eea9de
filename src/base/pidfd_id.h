/* SPDX-License-Identifier: ISC */
/*
 * The inode number of a pidfd of this process, which identifies it until reboot, as its pid does not (LISTEN_PIDFDID).
 */
#ifndef BASE_PIDFD_ID_H
#define BASE_PIDFD_ID_H

#include <stdint.h>
#include <sys/types.h>

/* Returns 0, or -1 where the kernel has no such number: it has one since Linux 6.9. */
int pidfd_id_self(uint64_t *id);

/* The same for process PID. */
int pidfd_id_of(pid_t pid, uint64_t *id);

#endif
