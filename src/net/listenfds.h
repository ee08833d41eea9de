/* SPDX-License-Identifier: ISC */
/*
 * The descriptors passed by a service manager as sd_listen_fds(3) describes: LISTEN_FDS, LISTEN_FDNAMES, and LISTEN_PID
 * and LISTEN_PIDFDID, which must name this process or its parent. These functions read
 * the environment.
 */
#ifndef NET_LISTENFDS_H
#define NET_LISTENFDS_H

#include <stddef.h>

#include "base/fail.h"

#define LISTENFDS_START 3

/*
 * Returns the number of descriptors: 0 if there are none or they are for another process; -1 with *FAIL if a variable
 * is malformed.
 */
int listenfds_count(struct fail *fail);

/*
 * Returns the name of FD, a descriptor number and not an index, in LISTEN_FDNAMES, or NULL. It points into the
 * environment: *LENGTH bytes, not NUL-terminated.
 */
const char *listenfds_name(int fd, size_t *length);

/*
 * Returns the descriptor WHAT: a position from 0, or a name (the first with that name). Returns -1 with *FAIL if there
 * is none.
 */
int listenfds_find(const char *what, struct fail *fail);

/* Returns the next descriptor after FD with the name WHAT, or -1. */
int listenfds_next(const char *what, int fd);

#endif
