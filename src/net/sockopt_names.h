/* SPDX-License-Identifier: ISC */
/* Tables of names for net/sockopt.c. */
#ifndef NET_SOCKOPT_NAMES_H
#define NET_SOCKOPT_NAMES_H

#include <stddef.h>

enum sockopt_kind { SOCKOPT_INT, SOCKOPT_FLAGS, SOCKOPT_TEXT, SOCKOPT_SECONDS, SOCKOPT_LINGER };

/* The name is stored in an array, because a pointer to the name would need a relocation whenever the program starts. */
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
