/* SPDX-License-Identifier: ISC */
/* What this process was handed by sd_listen_fds(3): LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES. Reads the environment. */
#ifndef NET_LISTENFDS_H
#define NET_LISTENFDS_H

#include <stddef.h>

#include "base/fail.h"

#define LISTENFDS_START 3

/* How many descriptors were handed to this process; 0 if none or LISTEN_PID is not us. -1 with *FAIL if malformed. */
int listenfds_count(struct fail *fail);

/*
 * The name of descriptor FD (not index) in LISTEN_FDNAMES, or NULL. Points into the environment: not NUL-terminated,
 * *LENGTH long.
 */
const char *listenfds_name(int fd, size_t *length);

/* The descriptor that WHAT is: a position from 0, or a name (the first so called). -1 with *FAIL if there is none. */
int listenfds_find(const char *what, struct fail *fail);

#endif
