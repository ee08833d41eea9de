/* SPDX-License-Identifier: ISC */
#ifndef PEERS_MKFD_H
#define PEERS_MKFD_H

struct maker {
	const char *name;
	int (*make)(const char *argument); /* NULL if no argument was given */
};

extern const struct maker makers_file[], makers_anon[], makers_sock[];

/* Exits with 77, because this system does not support WHAT. */
void cannot(const char *what) __attribute__((noreturn));

/* Returns RESULT, but exits if RESULT is -1. */
int need(int result, const char *what);

/* Moves a descriptor that only has to stay open to a number from 100 up. */
int keep(int fd);

#endif
