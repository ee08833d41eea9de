/* SPDX-License-Identifier: ISC */
/*
 * Sets the socket options that must be set before the first message arrives: --creds, --pidfd, …, --no-rights,
 * --setsockopt.
 */
#ifndef RECEIVE_RECV_SOCKOPTS_H
#define RECEIVE_RECV_SOCKOPTS_H

#include <stdbool.h>

#include "base/fail.h"
#include "cli/options.h"

struct recv_sockopts {
	unsigned int request; /* the requested options: bits of enum recv_request */
	unsigned int warned;  /* unsupported options for which a warning has been printed */
	const struct list *setsockopt;
};

/*
 * Sets the socket options on FD. If the kernel or the socket does not support a requested option, prints one warning
 * and skips this option. If an option of --setsockopt cannot be set, fails. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/*
 * Sets the options that an accepted socket does not inherit from its listening socket. Skips an option of --setsockopt
 * if only listening sockets support it. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply_accepted(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/* Returns true if FD is an AF_UNIX datagram socket. */
bool recv_sockopts_is_unix_dgram(int fd);

/*
 * If FD is an AF_UNIX datagram socket without an address, binds it to an address that the kernel chooses, because the
 * peer can reply only to a datagram with a source address. Does nothing for other sockets. Returns 0, or -1 with errno.
 */
int recv_sockopts_bind(int fd);

#endif
