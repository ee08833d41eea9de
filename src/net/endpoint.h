/* SPDX-License-Identifier: ISC */
/* Endpoints: an ADDRESS opened as a listening, bound or connected socket, and its cleanup. */
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
	bool role_given; /* the user specified the role: an open socket with the other role is then an error */
	int type;	 /* SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM; 0 if not given */
	mode_t mode;	 /* mode of a listening path */
	uid_t owner;	 /* (uid_t)-1: unchanged */
	gid_t group;	 /* (gid_t)-1: unchanged */
	/*
	 * Times of CLOCK_MONOTONIC in nanoseconds. retry: while no process listens, retry connecting until this time;
	 * 0: connect once; FDPASS_NEVER: no limit. deadline: limit of every wait, including that for room in a full
	 * backlog; FDPASS_NEVER: none. Reaching either fails with status 124. A listening socket created with a
	 * deadline is non-blocking.
	 */
	int64_t retry, deadline;
	/*
	 * Called for a new socket before bind or connect, so that its options apply to the first message, and for an
	 * open one (fd:N, listen:). May be NULL. If no type is given, it is called for each type that is tried.
	 */
	int (*prepare)(int fd, void *arg, struct fail *fail);
	void *arg;
	/* Called once if no process listens at ADDR yet and connecting is retried. May be NULL. */
	void (*waits)(const struct addr *addr);
};

struct endpoint {
	int fd;		  /* the socket, which endpoint_done() closes if ours is set */
	bool ours;	  /* created by fdpass; false for fd:N and listen: */
	bool listening;	  /* the socket listens */
	bool nonblocking; /* O_NONBLOCK was set here, not inherited */
	int domain, type;
	/* the bound path, removed at the end if it is still the same inode */
	int dirfd; /* O_PATH of its directory, or -1; read by signal handlers */
	char *base;
	uint64_t dev_major, dev_minor, ino;
};

#define ENDPOINT_NONE \
	{ \
		.fd = -1, .dirfd = -1 \
	}

/*
 * Opens ADDR. A listening path gets its mode and owner before anyone can connect; a stale socket, on which no process
 * listens, is replaced; a live one, and any other file, is left alone. If no type is given, a connecting socket gets
 * the type of the other end. Role, family and type of an open socket are detected. All sockets except inherited ones
 * are close-on-exec. Returns 0, or -1 with *FAIL and nothing left on disk.
 */
int endpoint_open(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Accepts one connection, close-on-exec, waiting until DEADLINE, also if other processes accept from the same socket
 * and are faster. Retries after transient errors such as ECONNABORTED and EINTR. Returns the connection, or -1 with
 * errno: ETIMEDOUT at the deadline; other errors such as EMFILE unchanged.
 */
int endpoint_accept(const struct endpoint *ep, int64_t deadline);

/* Removes the path if it is still the inode that was bound here. Async-signal-safe. */
void endpoint_unlink(const struct endpoint *ep);

/* Calls endpoint_unlink() and closes the socket if it is owned. */
void endpoint_done(struct endpoint *ep);

/* Returns "stream", "seqpacket" or "dgram"; "unknown" for other types. */
const char *socket_type_word(int type);

#endif
