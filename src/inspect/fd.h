/* SPDX-License-Identifier: ISC */
/*
 * What a descriptor refers to. Nothing here blocks, consumes, changes or creates anything, whatever the descriptor refers
 * to: no fstat(2), no ioctl(2) on a file that may be served from elsewhere, no read(2), no open of a /proc link.
 */
#ifndef INSPECT_FD_H
#define INSPECT_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/filestat.h"

enum fd_access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE, ACCESS_BOTH, ACCESS_PATH };

struct fd_kind; /* a row of the table of kinds: inspect/kind.h */

/* The facts that all kinds have. Filled by fd_probe(); st is valid only if has_stat. */
struct fd_facts {
	int fd;	    /* the number in this process */
	int number; /* the number to show: the other process's if the descriptor was duplicated from one */
	int err;    /* EBADF if it is not open, or why it cannot be inspected; nothing else is valid then */
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

/* Opens what inspecting needs, so that it works when received descriptors have used up all numbers. */
void fd_prepare(void);

/* True if files in /proc are kept open, to be faster with descriptors that have the same numbers. */
bool fd_cache_active(void);

/* Closes them, for before a long wait. */
void fd_cache_drop(void);

/* Finds the generic facts and the kind. Never fails: a fact that cannot be found is left unknown. */
void fd_probe(int fd, struct fd_facts *facts);

/* The facts of a descriptor that cannot be inspected, for the reason ERR. */
void fd_unavailable(int err, struct fd_facts *facts);

/* The kind's word: "regular", "socket", …; "unknown" if none fits. */
const char *fd_kind_word(const struct fd_facts *facts);

/* True if WORD is a kind that fd_kind_word() can return. */
bool fd_kind_exists(const char *word);

/* Every kind's word in the table's order, NULL past the last. */
const char *fd_kind_list(size_t index);

/*
 * True if closing this descriptor may block: it is on a file system that is served from elsewhere (FUSE, NFS, …), or it
 * is a device, a socket that lingers, or anything else that can be polled, as epoll may delay its close. helper_close()
 * closes such descriptors.
 */
bool fd_close_may_block(const struct fd_facts *facts);

/* Closes N descriptors, those that may block in a helper. Numbers of -1 are skipped. Keeps errno. */
void fd_close_all(const int *fds, size_t n);

#endif
