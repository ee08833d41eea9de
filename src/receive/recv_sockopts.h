/* SPDX-License-Identifier: ISC */
/*
 * Sets the socket options that a receiver needs before the first message: --creds, --pidfd, …, --no-rights,
 * --setsockopt.
 */
#ifndef RECEIVE_RECV_SOCKOPTS_H
#define RECEIVE_RECV_SOCKOPTS_H

#include <stdbool.h>

#include "base/fail.h"
#include "cli/options.h"

struct recv_sockopts {
	unsigned int request; /* the requested options: bits of enum recv_request */
	unsigned int warned;  /* unsupported options for which a warning was already printed */
	const struct list *setsockopt;
};

/*
 * Sets the socket options on FD. A requested option that is not supported by the kernel or the socket is skipped with
 * one warning. A failing --setsockopt is an error. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/*
 * Sets the options that an accepted socket does not inherit from its listening socket. A --setsockopt that only a
 * listening socket supports is skipped. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply_accepted(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/* Returns true if FD is an AF_UNIX datagram socket. */
bool recv_sockopts_is_unix_dgram(int fd);

/*
 * Binds an AF_UNIX datagram socket without an address to an address that the kernel chooses, because the peer can reply
 * only to a datagram with a source address. Does nothing for other sockets. Returns 0, or -1 with errno.
 */
int recv_sockopts_bind(int fd);

#endif
