/* SPDX-License-Identifier: ISC */
/*
 * Finds the processes that have an open file description open, or the other end of a pipe, socket or pseudo-terminal.
 */
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

/* A list of the descriptors of all processes that this process can inspect. */
struct holders;

/* Creates the list. Returns NULL with errno on failure. Needs a netlink socket, unlike holders_find(). */
struct holders *holders_new(void);
void holders_free(struct holders *holders);

/*
 * Finds the processes that hold the descriptor in FACTS. It is a duplicate of descriptor FACTS->number of process PID
 * (0: this process). *SAME contains the other descriptors with the same open file description, and *PEERS the
 * descriptors of the other end. Neither list contains descriptors of this process. Returns 0, or -1 with errno. The
 * caller must free both lists.
 */
int holders_find(struct holders *holders, const struct fd_facts *facts, pid_t pid, struct holder_list *same,
    struct holder_list *peers);

#endif
