/* SPDX-License-Identifier: ISC */
/*
 * What a descriptor is. Nothing here blocks, consumes, changes or creates anything, whatever the descriptor refers to:
 * no fstat, no ioctl on what is not known to answer at once, no read, no open of a /proc link.
 */
#ifndef DESCRIBE_FD_H
#define DESCRIBE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "emit/emit.h"
#include "describe/proc.h"

enum fd_access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE, ACCESS_BOTH, ACCESS_PATH };

struct fd_kind; /* a row of the table of kinds: describe/kind.h */

/* What every kind has. Filled by fd_probe(); st is valid only if has_stat. */
struct fd_facts {
	int fd;	    /* the number here, to ask the kernel about */
	int number; /* the number to show: another process's for pid:PID:FD */
	int err;    /* EBADF if it is not open; nothing else is valid then */
	const struct fd_kind *kind;
	enum fd_access access;
	int status_flags; /* F_GETFL */
	bool cloexec, cloexec_known;
	bool has_stat;
	struct file_stat st;
	int link_err; /* errno if the link cannot be read; link_length is 0 then */
	char link[4096 + 16];
	size_t link_length; /* and a NUL behind it */
};

/* Sets aside what describing needs, so that it can be done when so many descriptors came that no number is left. */
void fd_prepare(void);

/* True if describing keeps something open for a while, to be faster with descriptors that have the same numbers. */
bool fd_cache_active(void);

/* Closes that, for before a long wait. */
void fd_cache_drop(void);

/* Finds out the generic facts and the kind. Never fails: what cannot be known is left unknown. */
void fd_probe(int fd, struct fd_facts *facts);

/* The kind's word: "regular", "socket", …; "unknown" if none fits. */
const char *fd_kind_word(const struct fd_facts *facts);

/* True if WORD is a kind that fd_kind_word() can give. */
bool fd_kind_exists(const char *word);

/* Every kind's word in the table's order, NULL past the last. */
const char *fd_kind_list(size_t index);

/*
 * True if closing this descriptor may block: it is on a file system served from elsewhere (FUSE, NFS, …), it is a
 * device, a socket that lingers, or anything else that can be polled, as epoll may hold it up. base/helper.h closes such
 * ones aside.
 */
bool fd_close_may_block(const struct fd_facts *facts);

/* Closes N descriptors, those that may block aside. Those of -1 are skipped. errno is kept. */
void fd_close_all(const int *fds, size_t n);

/*
 * Tells all about it, as one object. NAME is its LISTEN_FDNAMES name of NAMELEN bytes, or NULL. KEY as for emit_object.
 */
void fd_describe(struct emit *e, const char *key, const struct fd_facts *facts, const char *name, size_t namelen);

#endif
