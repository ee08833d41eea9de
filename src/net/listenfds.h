/* SPDX-License-Identifier: ISC */
/*
 * Finds the descriptors that a service manager passed (see sd_listen_fds(3)). Reads the environment variables
 * LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID and LISTEN_PIDFDID. LISTEN_PID and LISTEN_PIDFDID must identify this process
 * or its parent.
 */
#ifndef NET_LISTENFDS_H
#define NET_LISTENFDS_H

#include <stddef.h>

#include "base/fail.h"

#define LISTENFDS_START 3

/*
 * The beginning of the line with the names of the sent descriptors. send --names and fdpass hold send this line before
 * the data.
 */
#define LISTENFDS_NAMES_LINE "LISTEN_FDNAMES="

/*
 * Returns the number of descriptors that a service manager has passed. Returns 0 if no descriptors were passed, or if
 * the descriptors are for another process. Returns -1 with *FAIL if one of the variables is malformed.
 */
int listenfds_count(struct fail *fail);

/*
 * Returns the name of FD in LISTEN_FDNAMES, or NULL. FD is a descriptor number, not an index. The returned name points
 * into the environment, has *LENGTH bytes, and does not end with a NUL byte.
 */
const char *listenfds_name(int fd, size_t *length);

/*
 * Returns the descriptor with the position WHAT, counted from 0, or with the name WHAT. If several descriptors have the
 * name WHAT, returns the first one. Returns -1 with *FAIL if there is no such descriptor.
 */
int listenfds_find(const char *what, struct fail *fail);

/* Returns the lowest descriptor that is greater than FD and has the name WHAT, or -1. */
int listenfds_next(const char *what, int fd);

#endif
