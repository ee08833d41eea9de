/* SPDX-License-Identifier: ISC */
/* Opens an ADDRESS as a listening, bound or connected socket, and removes the created path at the end. */
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
	bool role_given; /* the user has specified the role, so an inherited socket with another role is an error */
	int type;	 /* SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM; 0: not specified */
	mode_t mode;	 /* mode of the path of a listening socket */
	uid_t owner;	 /* owner of the path; (uid_t)-1: unchanged */
	gid_t group;	 /* group of the path; (gid_t)-1: unchanged */
	/*
	 * Times of CLOCK_MONOTONIC in nanoseconds. While no process is listening, connecting is retried until the time
	 * RETRY; 0: no retry; FDPASS_NEVER: no limit. DEADLINE limits every wait, including the wait for room in a full
	 * backlog; FDPASS_NEVER: no limit. If RETRY or DEADLINE is reached, endpoint_open() fails with FAIL_TIMEOUT. A
	 * listening socket that is created with a deadline is non-blocking.
	 */
	int64_t retry, deadline;
	/*
	 * Sets socket options. Called for a new socket before bind(2) or connect(2), so that the options apply to the
	 * first message, and for an inherited socket (fd:N, listen:). If no type is specified, called for each type
	 * that is tried. Can be NULL.
	 */
	int (*prepare)(int fd, void *arg, struct fail *fail);
	void *arg;
	/* Called once before connecting is retried because no process is listening at ADDR. Can be NULL. */
	void (*waits)(const struct addr *addr);
};

struct endpoint {
	int fd;		  /* the socket; endpoint_done() closes it if ours is set */
	bool ours;	  /* the socket was created by fdpass; false for fd:N and listen: */
	bool listening;	  /* the socket is listening */
	bool nonblocking; /* O_NONBLOCK was set by fdpass, not inherited */
	int domain, type;
	/* The bound path, which is removed at the end if it still refers to the same inode. */
	int dirfd; /* O_PATH descriptor of the path's directory, or -1; used by signal handlers */
	char *base;
	uint64_t dev_major, dev_minor, ino;
};

#define ENDPOINT_NONE \
	{ \
		.fd = -1, .dirfd = -1 \
	}

/*
 * Opens ADDR. The path of a listening socket gets its mode and owner before any process can connect. An existing path
 * is replaced only if it is a stale socket, on which no process is listening. If no type is specified, a connecting
 * socket gets the type of the listening socket. The role, family and type of an inherited socket are detected. All
 * sockets except inherited ones are close-on-exec. Returns 0, or -1 with *FAIL. On failure, no path was created.
 */
int endpoint_open(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Accepts one connection as a close-on-exec descriptor. Waits at most until DEADLINE, even if other processes accept
 * connections from the same socket first. Retries after transient errors such as ECONNABORTED and EINTR. Returns the
 * descriptor of the connection, or -1 with errno. ETIMEDOUT means that DEADLINE was reached; errors such as EMFILE are
 * not retried.
 */
int endpoint_accept(const struct endpoint *ep, int64_t deadline);

/* Removes the path if it still refers to the inode that EP has bound. Async-signal-safe. */
void endpoint_unlink(const struct endpoint *ep);

/* Calls endpoint_unlink(), and closes the socket if ours is set. */
void endpoint_done(struct endpoint *ep);

/* Returns the name of a socket type: "stream", "seqpacket" or "dgram". Returns "unknown" for other types. */
const char *socket_type_word(int type);

#endif
