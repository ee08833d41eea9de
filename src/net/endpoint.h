/* SPDX-License-Identifier: ISC */
/* An ADDRESS made into a socket that listens, is bound or is connected, and cleaned up again. */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "net/addr.h"

enum endpoint_role { ROLE_LISTEN, ROLE_CONNECT };

struct endpoint_options {
	enum endpoint_role role;
	bool role_given; /* the user said so: an open socket that is the other is an error then */
	int type;	 /* SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM; 0 was not said */
	mode_t mode;	 /* of a listening path */
	uid_t owner;	 /* (uid_t)-1: leave */
	gid_t group;	 /* (gid_t)-1: leave */
	/*
	 * Moments of CLOCK_MONOTONIC in nanoseconds. retry: connect again while nobody listens, until then; 0 once,
	 * FDPASS_NEVER for ever. deadline: give up waiting, for a full backlog too; FDPASS_NEVER. Reaching either fails
	 * with status 124. A listening socket made with a deadline does not block: accepting takes one call then.
	 */
	int64_t retry, deadline;
	/*
	 * Called on the new socket before bind or connect, so that options hold from the first message on, and on an
	 * open one (fd:N, listen:) as it is. May be NULL. Called again for each type tried where none was said.
	 */
	int (*prepare)(int fd, void *arg, struct fail *fail);
	void *arg;
	/* Called once if nobody listens at ADDR yet and connecting is retried. May be NULL. */
	void (*waits)(const struct addr *addr);
};

struct endpoint {
	int fd;		  /* owned if ours, else the user's */
	bool ours;	  /* fdpass made it; false: fd:N or listen: */
	bool listening;	  /* accept(2) from it */
	bool nonblocking; /* made so here; what an inherited one is nobody asked */
	int domain, type;
	/* a path that was bound here, to be removed at the end if it is still the same inode */
	int dirfd; /* O_PATH on its directory, or -1; a signal handler may look from now on */
	char *base;
	uint64_t dev_major, dev_minor, ino;
};

#define ENDPOINT_NONE \
	{ \
		.fd = -1, .dirfd = -1 \
	}

/*
 * Opens ADDR. A listening path gets its mode and owner before anyone can connect; a leftover socket on which nobody
 * listens is replaced, a live one and anything that is not a socket is left alone. A connect without a type goes by
 * what the other end turns out to be. An open socket's role, family and type are found out, not asked. All sockets are
 * close-on-exec (an inherited one excepted). Returns 0, or -1 with *FAIL, nothing left behind.
 */
int endpoint_open(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Accepts one connection, close-on-exec, waiting until DEADLINE. Transient errors (ECONNABORTED, EINTR) are not the
 * caller's. Returns it, or -1 with errno (ETIMEDOUT at the deadline; EMFILE and the like as they are).
 */
int endpoint_accept(const struct endpoint *ep, int64_t deadline);

/* Removes the path if it is still the one that was bound here. Async-signal-safe. */
void endpoint_unlink(const struct endpoint *ep);

/* endpoint_unlink(), and closes the socket if it is ours. */
void endpoint_done(struct endpoint *ep);

#endif
