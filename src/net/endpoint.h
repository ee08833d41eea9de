/* SPDX-License-Identifier: ISC */
/* Opens an ADDRESS as a listening, bound or connected socket, and removes the path that was created for the socket. */
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
	bool role_given; /* the user has specified the role, so opening an inherited socket with another role fails */
	int type;	 /* SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM; 0: not specified */
	mode_t mode;	 /* mode of the path of a listening socket */
	uid_t owner;	 /* owner of the path; (uid_t)-1: unchanged */
	gid_t group;	 /* group of the path; (gid_t)-1: unchanged */
	/*
	 * Times of CLOCK_MONOTONIC in nanoseconds; FDPASS_NEVER means no limit. While no process is listening,
	 * connect(2) is retried until the time "retry" (0: not retried). No operation waits after the time "deadline",
	 * even if the backlog is full. When one of these times has passed, endpoint_open() fails with FAIL_TIMEOUT. If
	 * a deadline is set, a new listening socket is non-blocking.
	 */
	int64_t retry, deadline;
	/*
	 * Sets socket options. Called for a new socket before bind(2) or connect(2), so that the options apply to the
	 * first message, and for an inherited socket (fd:N, listen:). If no type is specified, called for a socket of
	 * each type that is tried. Can be NULL.
	 */
	int (*prepare)(int fd, void *arg, struct fail *fail);
	void *arg;
	/* Called once before connecting is retried because no process is listening at ADDR. Can be NULL. */
	void (*waits)(const struct addr *addr);
};

struct endpoint {
	int fd;		  /* the socket; endpoint_done() closes the socket if "ours" is set */
	bool ours;	  /* fdpass has created the socket; false for fd:N and listen: */
	bool listening;	  /* the socket is listening */
	bool nonblocking; /* fdpass has set O_NONBLOCK on the socket; false if O_NONBLOCK was inherited */
	int domain, type;
	/*
	 * The path to which the socket is bound. endpoint_unlink() removes the path if it still refers to the same
	 * inode.
	 */
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
 * connections on the same socket. Retries after transient errors such as ECONNABORTED and EINTR. Returns the descriptor
 * of the connection, or -1 with errno. ETIMEDOUT means that DEADLINE has passed. After an error such as EMFILE, does
 * not retry.
 */
int endpoint_accept(const struct endpoint *ep, int64_t deadline);

/* Removes the path if it still refers to the inode that EP has bound. Async-signal-safe. */
void endpoint_unlink(const struct endpoint *ep);

/* Calls endpoint_unlink(), and closes the socket if ours is set. */
void endpoint_done(struct endpoint *ep);

/* Returns the name of a socket type: "stream", "seqpacket" or "dgram". Returns "unknown" for other types. */
const char *socket_type_word(int type);

#endif
