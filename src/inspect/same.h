/* SPDX-License-Identifier: ISC */
/* Finds descriptors that refer to the same open file description, or to the same file. */
#ifndef INSPECT_SAME_H
#define INSPECT_SAME_H

#include <stdbool.h>
#include <sys/types.h>

#include "inspect/fd.h"

/* Returns true if A and B refer to the same open file description; false also if the kernel cannot compare them. */
bool fd_is_same(int a, int b);

/* A descriptor of this process (PID 0) or of another one. NUMBER is -1 if there is none. */
struct same_fd {
	pid_t pid;
	int number;
};

struct same {
	struct same_fd description; /* has the same open file description */
	struct same_fd file;	    /* refers to the same file with another open file description */
};

/* An index of the descriptors of a message or listing. The time to add one does not depend on their number. */
struct same_index;

/* Returns an empty index, or NULL with errno. */
struct same_index *same_index_new(void);
void same_index_free(struct same_index *index);

/*
 * Returns the earliest descriptors in INDEX with the same open file description and the same file as FACTS, then adds
 * FACTS: a descriptor of this process (PID 0), or a duplicate of FACTS->number of process PID. INDEX may be NULL.
 */
struct same same_index_add(struct same_index *index, const struct fd_facts *facts, pid_t pid);

#endif
