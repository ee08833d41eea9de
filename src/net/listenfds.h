/* SPDX-License-Identifier: ISC */
/*
 * Finds the descriptors that a service manager passed (see sd_listen_fds(3)). Reads the environment variables
 * LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID and LISTEN_PIDFDID. The last two must identify this process or its parent.
 */
#ifndef NET_LISTENFDS_H
#define NET_LISTENFDS_H

#include <stddef.h>

#include "base/fail.h"

#define LISTENFDS_START 3

/* Beginning of the line with the names of the descriptors, which precedes the data (send --names, hold). */
#define LISTENFDS_NAMES_LINE "LISTEN_FDNAMES="

/*
 * Returns the number of descriptors. Returns 0 if none were passed or if they were passed to another process. Returns
 * -1 with *FAIL if a variable is malformed.
 */
int listenfds_count(struct fail *fail);

/*
 * Returns the name of FD in LISTEN_FDNAMES, or NULL. FD is a descriptor number, not an index. The name is a part of the
 * environment, with *LENGTH bytes and without a NUL byte at the end.
 */
const char *listenfds_name(int fd, size_t *length);

/*
 * Returns the descriptor WHAT, which is a position counted from 0 or a name. If several descriptors have this name,
 * returns the first one. Returns -1 with *FAIL if WHAT is not found.
 */
int listenfds_find(const char *what, struct fail *fail);

/* Returns the next descriptor after FD that is called WHAT, or -1. */
int listenfds_next(const char *what, int fd);

#endif
