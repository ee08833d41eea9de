/* SPDX-License-Identifier: ISC */
/*
 * The kinds of descriptors: how each kind is recognized, and how its properties are queried. Each file of a family of
 * kinds contains a table. probe.c searches the tables in the order of kind_tables, and uses the first matching row. A
 * new kind needs a row here. If more than its noun is described, it also needs a row in describe/kind.h.
 */
#ifndef INSPECT_KIND_H
#define INSPECT_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/details.h"
#include "inspect/fd.h"

/* Identifies kinds that have more than the general properties, see describe/kind.h. */
enum fd_kind_id {
	FD_PLAIN, /* no additional properties */
	FD_MOUNT,
	FD_TMPFILE,
	FD_FILE,
	FD_OWNED, /* a file system object without additional properties */
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
	FD_LISTED, /* the additional properties are the lines of fdinfo */
	FD_KIND_IDS
};

/* Flags of a kind: the general properties that apply to it, and how it is handled. */
#define KIND_PATH	1u   /* the link in /proc is a path */
#define KIND_OFFSET	2u   /* descriptors have an offset */
#define KIND_SIZE	4u   /* the size is a number of bytes */
#define KIND_PLACE	8u   /* text output contains the device and the inode */
#define KIND_INODE	16u  /* text output contains only the inode */
#define KIND_QUIET	32u  /* text output does not contain the size */
#define KIND_INFO	64u  /* fdinfo is read */
#define KIND_INFO_LOCKS 128u /* reading fdinfo needs a lock that another process can hold indefinitely */
#define KIND_PROMPT	256u /* close(2) never blocks */
/* device and inode identify the file; this is not the case for clone devices and anonymous inodes */
#define KIND_FILE 512u

struct fd_kind {
	const char *word; /* name in JSON and in options */
	const char *noun; /* name in text output, such as "regular file" */
	/* The link of kinds that have no path. '*' matches any text. NULL matches any link. */
	const char *link;
	/* Returns true if a descriptor with a matching link is of this kind. NULL: the link is sufficient. */
	bool (*is)(const struct fd_facts *facts);
	unsigned int flags;
	enum fd_kind_id id;
	/* Queries properties in this process, with calls that never block. Can be NULL. */
	void (*inspect)(const struct fd_facts *facts, struct fd_details *details);
	/*
	 * Queries properties that need a lock that another process can hold indefinitely. Called in a helper, unless
	 * prompt() returns true. prompt() makes the queries that need no lock. ANSWERS is the union in the details,
	 * which is zero except for the descriptor. If query() hangs, ANSWERS contains the results of prompt(). Not
	 * called for O_PATH. Can be NULL.
	 */
	void (*query)(void *answers);
	bool (*prompt)(void *answers);
};

/* The kind of descriptors that match no row. */
extern const struct fd_kind kind_unknown;

/* Determines the kind of a descriptor from its other properties. */
const struct fd_kind *fd_kind_find(const struct fd_facts *facts);

/* The tables of kinds. Each table ends with a row without a name. */
extern const struct fd_kind kinds_anon[], kinds_bpf[], kinds_file[], kinds_memory[], kinds_ns[], kinds_pidfd[],
    kinds_pipe[], kinds_sock[], kinds_tty[], kinds_watch[];

/*
 * Returns true if the mount of the file is not in the mount namespace of this process. In this case, the path refers to
 * another file or to no file in this process.
 */
bool fd_is_foreign(const struct fd_facts *facts);

/*
 * Calls poll(2) without waiting, even if a signal is pending. *EVENTS contains the requested events, and then the
 * reported ones. Must be used only for kinds whose poll takes no lock. Returns false on failure.
 */
bool fd_poll_now(int fd, short *events);

/* Returns the type of the descriptor's file system, or NULL if it is not visible to this process. */
const char *fd_filesystem(const struct fd_facts *facts);

#endif
