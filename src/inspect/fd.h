/* SPDX-License-Identifier: ISC */
/*
 * Inspects the file to which a descriptor refers. For every kind of descriptor, these functions do not block, and do
 * not consume data or change or create files. Therefore, these functions do not call fstat(2) or read(2), do not call
 * ioctl(2) on files that can be remote, and do not open links in /proc.
 */
#ifndef INSPECT_FD_H
#define INSPECT_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

enum fd_access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE, ACCESS_BOTH, ACCESS_PATH };

struct fd_kind; /* a row of the table of kinds, see inspect/kind.h */

/* The properties that descriptors of all kinds have, determined by fd_probe(). st is valid only if has_stat is true. */
struct fd_facts {
	int fd; /* number of the descriptor in this process */
	/*
	 * the number to show: fd or, if fd is a duplicate of a descriptor of another process, the number of that
	 * descriptor
	 */
	int number;
	pid_t pid; /* the process or thread that owns the descriptor; 0: this process */
	int err;   /* EBADF: fd is not open; other errno: inspection failed; unless 0, the rest is invalid */
	const struct fd_kind *kind;
	enum fd_access access;
	int status_flags; /* F_GETFL */
	bool cloexec, cloexec_known;
	bool has_stat;
	int stat_err; /* errno if has_stat is false */
	struct file_stat st;
	int link_err; /* errno if the link cannot be read; in this case, link_length is 0 */
	char link[4096 + 16];
	size_t link_length; /* length without the NUL byte at the end */
};

/*
 * Opens the files that inspection needs. After this call, inspection works even if received descriptors use all
 * descriptor numbers, and even in a process that has confined itself (sandbox/).
 */
void fd_prepare(void);

/*
 * Returns true if files in /proc are kept open. Open files in /proc make the inspection of descriptors with the same
 * numbers faster.
 */
bool fd_cache_active(void);

/* Closes the files in /proc that are kept open. Called before a long wait. */
void fd_cache_drop(void);

/*
 * Determines the general properties of FD and its kind. Never fails: properties that cannot be determined remain
 * unknown.
 */
void fd_probe(int fd, struct fd_facts *facts);

/* Fills FACTS for a descriptor that cannot be inspected because of the error ERR. */
void fd_unavailable(int err, struct fd_facts *facts);

/* Returns the name of the kind, such as "regular" or "socket". Returns "unknown" if no kind matches. */
const char *fd_kind_word(const struct fd_facts *facts);

/* Returns true if WORD is a kind that fd_kind_word() can return. */
bool fd_kind_exists(const char *word);

/* Returns the name of the kind at INDEX, in the order of the tables. Returns NULL after the last kind. */
const char *fd_kind_list(size_t index);

/*
 * Returns true if closing the descriptor can block. Closing can block for remote file systems (FUSE, NFS, …), devices,
 * lingering sockets, and all other files that can be polled, because an epoll instance can delay the close of such
 * files. helper_close() closes such descriptors.
 */
bool fd_close_may_block(const struct fd_facts *facts);

/*
 * Closes N descriptors. A helper makes the close calls that can block. Skips elements of FDS that are -1. Preserves
 * errno.
 */
void fd_close_all(const int *fds, size_t n);

#endif
