/* SPDX-License-Identifier: ISC */
/* Finds the processes that hold an open file description, or the other end of a pipe, socket or pseudo-terminal. */
#ifndef INSPECT_HOLDERS_H
#define INSPECT_HOLDERS_H

#include <stddef.h>
#include <sys/types.h>

#include "inspect/fd.h"
#include "inspect/process.h"

struct fd_holder {
	pid_t pid;
	char comm[PROC_COMM_SIZE];
	int fd;
};

struct holder_list {
	struct fd_holder *items;
	size_t count;
};

/* A snapshot of the descriptors of all processes that this one may inspect. */
struct holders;

/* Takes the snapshot. Returns it, or NULL with errno. Requires a netlink socket, which holders_find() does not. */
struct holders *holders_new(void);
void holders_free(struct holders *holders);

/*
 * Finds the holders of the descriptor in FACTS, a duplicate of descriptor FACTS->number of process PID (0: this
 * process): *SAME are the other descriptors of its open file description, *PEERS those of its other end. Both lists
 * omit this process. Returns 0, or -1 with errno; the caller must free both lists.
 */
int holders_find(struct holders *holders, const struct fd_facts *facts, pid_t pid, struct holder_list *same,
    struct holder_list *peers);

#endif
