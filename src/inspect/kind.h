/* SPDX-License-Identifier: ISC */
/*
 * Kinds of descriptors: how each kind is recognized, and how its facts are queried. Each family of kinds is a table in
 * its own file; probe.c tries the tables in the order of kind_tables, and the first row that fits is used. To add a
 * kind, add a row here and, if more than its noun is described, in describe/kind.h.
 */
#ifndef INSPECT_KIND_H
#define INSPECT_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/details.h"
#include "inspect/fd.h"

/* Kinds with a description beyond the generic facts: describe/kind.h. */
enum fd_kind_id {
	FD_PLAIN, /* no additional facts */
	FD_MOUNT,
	FD_TMPFILE,
	FD_FILE,
	FD_OWNED, /* a file system object without additional facts */
	FD_DEVICE,
	FD_MEMFD,
	FD_DMA_BUF,
	FD_MQUEUE,
	FD_NAMESPACE,
	FD_PTY,
	FD_TTY,
	FD_SOCKET,
	FD_PIPE,
	FD_EVENTFD,
	FD_TIMERFD,
	FD_SIGNALFD,
	FD_USERFAULTFD,
	FD_KVM,
	FD_EPOLL,
	FD_INOTIFY,
	FD_FANOTIFY,
	FD_PIDFD,
	FD_BPF_MAP,
	FD_BPF_PROG,
	FD_BPF_LINK,
	FD_BTF,
	FD_BPF_TOKEN,
	FD_IO_URING,
	FD_PERF_EVENT,
	FD_LISTED, /* additional facts are the lines of its fdinfo */
	FD_KIND_IDS
};

/* Properties of a kind: which generic facts apply to it, and how it is handled. */
#define KIND_PATH	1u   /* its link in /proc is a path */
#define KIND_OFFSET	2u   /* it has an offset */
#define KIND_SIZE	4u   /* its size is a number of bytes */
#define KIND_PLACE	8u   /* the text output shows device and inode */
#define KIND_INODE	16u  /* the text output shows only the inode */
#define KIND_QUIET	32u  /* the text output does not show its size */
#define KIND_INFO	64u  /* its fdinfo is read */
#define KIND_INFO_LOCKS 128u /* reading fdinfo needs a lock that another process may hold indefinitely */
#define KIND_PROMPT	256u /* its close never blocks */
#define KIND_FILE	512u /* its device and inode identify it; those of clone devices and anonymous inodes do not */

struct fd_kind {
	const char *word; /* in JSON and options */
	const char *noun; /* in the text output: "regular file" */
	/* The text of the link of kinds without a path, where '*' matches anything; NULL for any link. */
	const char *link;
	/* Returns whether a descriptor whose link fits is of this kind. NULL if the link is sufficient. */
	bool (*is)(const struct fd_facts *facts);
	unsigned int flags;
	enum fd_kind_id id;
	/* Queries in this process, with calls that never block. May be NULL. */
	void (*inspect)(const struct fd_facts *facts, struct fd_details *details);
	/*
	 * Queries that need a lock that another process may hold indefinitely: in a helper, unless prompt() returns
	 * true, which makes the queries that need none. ANSWERS is the details' union, zero except for the descriptor;
	 * it remains as prompt() left it if the call hangs. Not called for O_PATH. May be NULL.
	 */
	void (*query)(void *answers);
	bool (*prompt)(void *answers);
};

/* The kind of a descriptor that no row fits. */
extern const struct fd_kind kind_unknown;

/* Returns the kind of a descriptor by its other facts. */
const struct fd_kind *fd_kind_find(const struct fd_facts *facts);

/* The families, each ended by a row without a name. */
extern const struct fd_kind kinds_anon[], kinds_bpf[], kinds_file[], kinds_memory[], kinds_ns[], kinds_pidfd[],
    kinds_pipe[], kinds_sock[], kinds_tty[], kinds_watch[];

/*
 * Returns true if the file's mount is not in this process's mount namespace: in this process, the path leads to another
 * file or to none.
 */
bool fd_is_foreign(const struct fd_facts *facts);

/*
 * Calls poll(2) without waiting, even if a signal is pending: *EVENTS are the requested events, then the reported ones.
 * Only for kinds whose poll takes no lock. Returns false on failure.
 */
bool fd_poll_now(int fd, short *events);

/* Returns the type of the descriptor's file system, or NULL if this process cannot see it. */
const char *fd_filesystem(const struct fd_facts *facts);

#endif
