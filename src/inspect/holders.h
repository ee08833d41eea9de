/* SPDX-License-Identifier: ISC */
/*
 * Finds the processes that share an open file description, and the processes in which the other end of a pipe, socket
 * or pseudo-terminal is open.
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

/* A list of the descriptors of all processes that this process is permitted to inspect. */
struct holders;

/*
 * Creates the list. Returns NULL with errno on failure. Must be called before the process confines itself, because this
 * function opens a netlink socket.
 */
struct holders *holders_new(void);
void holders_free(struct holders *holders);

/*
 * Finds the holders of the descriptor that FACTS describes, which is a duplicate of descriptor FACTS->number of process
 * PID (0: this process). Stores the other descriptors with the same open file description in *SAME, and the descriptors
 * of the other end in *PEERS. Both lists omit the descriptors of this process. Returns 0, or -1 with errno. The caller
 * must free both lists.
 */
int holders_find(struct holders *holders, const struct fd_facts *facts, pid_t pid, struct holder_list *same,
    struct holder_list *peers);

#endif
