/* SPDX-License-Identifier: ISC */
/*
 * The names that a process assigns to its descriptors, stored in a memfd with one slot for each descriptor number.
 * "fdpass hold" writes this table, and "fdpass show" reads it.
 */
#ifndef INSPECT_FD_NAMES_H
#define INSPECT_FD_NAMES_H

#include <stddef.h>
#include <sys/types.h>

#define FD_NAMES_SLOT 256 /* size of a slot: maximum length of a name in bytes, including the NUL byte */

/* Creates an empty table of names. Returns a close-on-exec descriptor of the table, or -1 with errno. */
int fd_names_create(void);

/*
 * Sets the name of descriptor NUMBER in TABLE. If NAME is NULL, removes the name. Ignores errors. If TABLE is -1, does
 * nothing.
 */
void fd_names_set(int table, int number, const char *name);

/*
 * Opens the table of names of process PID. Returns a close-on-exec descriptor of the table, or -1 if the process has no
 * table.
 */
int fd_names_open(pid_t pid);

/*
 * Reads the name of descriptor NUMBER from TABLE. Returns the length of the name, or 0 if the descriptor has no name or
 * TABLE is -1.
 */
size_t fd_names_get(int table, int number, char name[FD_NAMES_SLOT]);

#endif
