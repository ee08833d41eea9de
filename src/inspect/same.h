/* SPDX-License-Identifier: ISC */
/* Finds descriptors that refer to the same open file description, or to the same file. */
#ifndef INSPECT_SAME_H
#define INSPECT_SAME_H

#include <stdbool.h>
#include <sys/types.h>

#include "inspect/fd.h"

/*
 * Returns true if A and B refer to the same open file description. Returns false if A and B differ, or if the kernel
 * cannot compare A and B.
 */
bool fd_is_same(int a, int b);

/* A descriptor of this process (PID 0) or of another process. NUMBER -1 means that there is no such descriptor. */
struct same_fd {
	pid_t pid;
	int number;
};

struct same {
	struct same_fd description; /* the first descriptor with the same open file description */
	struct same_fd file;	    /* the first descriptor with the same file, but another open file description */
};

/*
 * An index of the descriptors of a message or of a listing. Adding a descriptor is fast even if the index contains many
 * descriptors.
 */
struct same_index;

/* Returns an empty index, or NULL with errno. */
struct same_index *same_index_new(void);
void same_index_free(struct same_index *index);

/*
 * Returns the first descriptor in INDEX that has the same open file description as FACTS or, if there is none, the
 * first descriptor with the same file. After the search, adds FACTS to INDEX. FACTS describes a descriptor of this
 * process (PID 0), or a duplicate of descriptor FACTS->number of process PID. If INDEX is NULL, reports no descriptor.
 */
struct same same_index_add(struct same_index *index, const struct fd_facts *facts, pid_t pid);

#endif
