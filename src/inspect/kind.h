/* SPDX-License-Identifier: ISC */
/*
 * The kinds of descriptors: how each kind is recognized, and how its properties are queried. Each kind_*.c file
 * contains a table with the kinds of one family. probe.c searches these tables in the order of kind_tables, and uses
 * the first matching row. A new kind needs a row in one of the kind_*.c tables. If more than the noun of the new kind
 * is described, the kind also needs a row in describe/kind.h.
 */
#ifndef INSPECT_KIND_H
#define INSPECT_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/details.h"
#include "inspect/fd.h"

/* Identifies the kinds that have properties in addition to the general properties (see describe/kind.h). */
enum fd_kind_id {
	FD_PLAIN, /* a kind without additional properties */
	FD_MOUNT,
	FD_TMPFILE,
	FD_FILE,
	FD_OWNED, /* a file system object without additional properties, whose owner is shown */
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
	FD_LISTED, /* a kind whose additional properties are the lines of its fdinfo */
	FD_KIND_IDS
};

/* Flags of a kind: which general properties descriptors of this kind have, and how they are handled. */
#define KIND_PATH	1u   /* the link in /proc is a path */
#define KIND_OFFSET	2u   /* descriptors of this kind have an offset */
#define KIND_SIZE	4u   /* the size in struct stat is a number of bytes */
#define KIND_PLACE	8u   /* text output contains the device and the inode */
#define KIND_INODE	16u  /* text output contains only the inode */
#define KIND_QUIET	32u  /* text output does not contain the size */
#define KIND_INFO	64u  /* fdinfo is read */
#define KIND_INFO_LOCKS 128u /* reading fdinfo needs a lock that another process can hold indefinitely */
#define KIND_PROMPT	256u /* close(2) never blocks */
/* device and inode number identify the file, unlike those of clone devices and anonymous inodes */
#define KIND_FILE 512u

struct fd_kind {
	const char *word; /* name in JSON output and in options, such as "regular" */
	const char *noun; /* name in text output, such as "regular file" */
	/* The text of the link in /proc, for kinds that have no path. '*' matches any text. NULL matches any link. */
	const char *link;
	/* Returns true if a descriptor with a matching link is of this kind. NULL: the link is sufficient. */
	bool (*is)(const struct fd_facts *facts);
	unsigned int flags;
	enum fd_kind_id id;
	/* Queries properties in this process, with calls that never block. Can be NULL. */
	void (*inspect)(const struct fd_facts *facts, struct fd_details *details);
	/*
	 * prompt() makes the queries that need no lock. query() makes the queries that need a lock, which another
	 * process can hold indefinitely. query() is called in a helper, unless prompt() returns true. ANSWERS is the
	 * union in struct fd_details, which is zero except for the descriptor. If query() blocks, only the results of
	 * prompt() are used. query() and prompt() are not called for O_PATH descriptors, and can be NULL.
	 */
	void (*query)(void *answers);
	bool (*prompt)(void *answers);
};

/* The kind of descriptors that match no row. */
extern const struct fd_kind kind_unknown;

/* Determines the kind of the descriptor that FACTS describes, from its general properties. */
const struct fd_kind *fd_kind_find(const struct fd_facts *facts);

/* The tables of kinds. Each table ends with a row without a name. */
extern const struct fd_kind kinds_anon[], kinds_bpf[], kinds_file[], kinds_memory[], kinds_ns[], kinds_pidfd[],
    kinds_pipe[], kinds_sock[], kinds_tty[], kinds_watch[];

/*
 * Returns true if the file of the descriptor is on a mount outside the mount namespace of this process. In this
 * process, the path of a file on a foreign mount refers to another file or to no file.
 */
bool fd_is_foreign(const struct fd_facts *facts);

/*
 * Calls poll(2) without waiting, and repeats the call if a signal interrupts it. *EVENTS contains the requested events
 * before the call, and the reported events after the call. Must be used only for kinds of descriptors for which poll(2)
 * takes no lock. Returns false on failure.
 */
bool fd_poll_now(int fd, short *events);

/*
 * Returns the file system type of the descriptor's file, or NULL if the mount of the file is not visible to this
 * process.
 */
const char *fd_filesystem(const struct fd_facts *facts);

#endif
