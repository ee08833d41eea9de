/* SPDX-License-Identifier: ISC */
#ifndef PEERS_MKFD_H
#define PEERS_MKFD_H

struct maker {
	const char *name;
	int (*make)(const char *argument); /* NULL if there was none */
};

extern const struct maker makers_file[], makers_anon[], makers_sock[];

/* Ends the program with 77: this system has no such thing. */
void cannot(const char *what) __attribute__((noreturn));

/* RESULT, unless it is -1. */
int need(int result, const char *what);

/* Moves a descriptor that is only needed to be there out of the way. */
int keep(int fd);

#endif
