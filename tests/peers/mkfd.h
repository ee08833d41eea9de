/* SPDX-License-Identifier: ISC */
#ifndef PEERS_MKFD_H
#define PEERS_MKFD_H

struct maker {
	const char *name;
	int (*make)(const char *argument); /* NULL if no argument was given */
};

extern const struct maker makers_file[], makers_anon[], makers_sock[];

/* Prints that this system does not support WHAT, and exits with 77. */
void cannot(const char *what) __attribute__((noreturn));

/* Returns RESULT, the result of the call WHAT, unless it is -1: then calls cannot(). */
int need(int result, const char *what);

/* Moves FD, which must stay open until the command exits, to a number from 100 up. */
int keep(int fd);

#endif
