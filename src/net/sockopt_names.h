/* SPDX-License-Identifier: ISC */
/* Tables of names for net/sockopt.c. */
#ifndef NET_SOCKOPT_NAMES_H
#define NET_SOCKOPT_NAMES_H

#include <stddef.h>

enum sockopt_kind { SOCKOPT_INT, SOCKOPT_FLAGS, SOCKOPT_TEXT, SOCKOPT_SECONDS, SOCKOPT_LINGER };

/* The name is an array instead of a pointer, because a pointer needs a relocation at each start of the program. */
struct sockopt_name {
	int value;
	char name[40];
	enum sockopt_kind kind;
};

struct sockopt_level {
	int value;
	const char *name; /* SOL_… */
	const char *also; /* IPPROTO_…, or NULL */
	const struct sockopt_name *names;
	size_t count;
};

extern const struct sockopt_level sockopt_levels[];
extern const size_t sockopt_level_count;

/* The flags of SO_TIMESTAMPING, without the prefix SOF_TIMESTAMPING_. */
extern const struct sockopt_name sockopt_timestamping[];
extern const size_t sockopt_timestamping_count;

#endif
