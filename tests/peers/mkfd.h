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

/* RESULT is the result of the call WHAT. If RESULT is -1, calls cannot(); otherwise, returns RESULT. */
int need(int result, const char *what);

/* Moves FD to a number from 100 up. FD must stay open until the command exits. */
int keep(int fd);

#endif
