/* SPDX-License-Identifier: ISC */
/*
 * Names that a process publishes for its descriptors, in a memfd with one slot for each descriptor number. "fdpass
 * hold" writes this table, "fdpass show" reads it.
 */
#ifndef INSPECT_FD_NAMES_H
#define INSPECT_FD_NAMES_H

#include <stddef.h>
#include <sys/types.h>

#define FD_NAMES_SLOT 256 /* maximum length in bytes, including a NUL */

/* Creates an empty table. Returns its descriptor, close-on-exec, or -1 with errno. */
int fd_names_create(void);

/* Sets the name of descriptor NUMBER; NULL removes it. Names that cannot be written are skipped. TABLE may be -1. */
void fd_names_set(int table, int number, const char *name);

/* Opens the table of process PID. Returns its descriptor, close-on-exec, or -1 if there is none. */
int fd_names_open(pid_t pid);

/* Reads the name of descriptor NUMBER. Returns its length, 0 if there is none. TABLE may be -1. */
size_t fd_names_get(int table, int number, char name[FD_NAMES_SLOT]);

#endif
