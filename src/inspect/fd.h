/* SPDX-License-Identifier: ISC */
/*
 * Inspects the object that a descriptor refers to. Nothing here blocks, consumes, changes or creates anything, for any
 * descriptor: there is no fstat(2), no ioctl(2) on a file that may be remote, no read(2), and no opening of a /proc
 * link.
 */
#ifndef INSPECT_FD_H
#define INSPECT_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

enum fd_access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE, ACCESS_BOTH, ACCESS_PATH };

struct fd_kind; /* a row of the table of kinds in inspect/kind.h */

/* The facts that all kinds have, filled by fd_probe(). st is valid only if has_stat. */
struct fd_facts {
	int fd;	    /* number of the descriptor in this process */
	int number; /* number to show: the number in the other process if fd is a duplicate of its descriptor */
	pid_t pid;  /* that process or thread; 0: this one */
	int err; /* EBADF if fd is not open, or the error that prevents inspecting it; other facts are then invalid */
	const struct fd_kind *kind;
	enum fd_access access;
	int status_flags; /* F_GETFL */
	bool cloexec, cloexec_known;
	bool has_stat;
	int stat_err; /* errno if !has_stat */
	struct file_stat st;
	int link_err; /* errno if the link cannot be read; link_length is 0 then */
	char link[4096 + 16];
	size_t link_length; /* without the NUL that follows */
};

/*
 * Opens the files that inspecting needs, so that it works even if received descriptors have used up all numbers, and in
 * a process that has confined itself. To be called before that.
 */
void fd_prepare(void);

/* Returns true if files in /proc are kept open, which is faster for descriptors with the same numbers. */
bool fd_cache_active(void);

/* Closes these files; called before a long wait. */
void fd_cache_drop(void);

/* Finds the generic facts and the kind. Never fails: facts that cannot be found remain unknown. */
void fd_probe(int fd, struct fd_facts *facts);

/* Sets the facts of a descriptor that cannot be inspected because of ERR. */
void fd_unavailable(int err, struct fd_facts *facts);

/* Returns the name of the kind: "regular", "socket", …; "unknown" if none fits. */
const char *fd_kind_word(const struct fd_facts *facts);

/* Returns true if WORD is a kind that fd_kind_word() can return. */
bool fd_kind_exists(const char *word);

/* Returns the names of all kinds in the order of the tables, NULL after the last. */
const char *fd_kind_list(size_t index);

/*
 * Returns true if closing this descriptor may block: it is on a remote file system (FUSE, NFS, …), or it is a device, a
 * lingering socket, or any other file that can be polled, as epoll may delay its close. helper_close() closes such
 * descriptors.
 */
bool fd_close_may_block(const struct fd_facts *facts);

/* Closes N descriptors; those whose close may block are closed by a helper. Numbers of -1 are skipped. Keeps errno. */
void fd_close_all(const int *fds, size_t n);

#endif
