/* SPDX-License-Identifier: ISC */
/* Socket options that a receiver sets before the first message: --creds, --pidfd, …, --no-rights, --setsockopt. */
#ifndef RECEIVE_RECV_SOCKOPTS_H
#define RECEIVE_RECV_SOCKOPTS_H

#include "base/fail.h"
#include "cli/options.h"

struct recv_sockopts {
	unsigned int request; /* enum recv_request */
	unsigned int warned;  /* options that the kernel or the socket lacks, and for which a warning was printed */
	const struct list *setsockopt;
};

/*
 * Sets the socket options on FD. A requested option that the kernel or the socket lacks is skipped with one warning; a
 * --setsockopt that fails is an error. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/*
 * Does the same for an accepted socket whose listening socket has these options: not every option is inherited. A
 * --setsockopt that only a listening socket can have is left out.
 */
int recv_sockopts_apply_accepted(struct recv_sockopts *sockopts, int fd, struct fail *fail);

/*
 * Lets the kernel choose an address for a datagram socket of AF_UNIX that has none, because only a datagram with a
 * source address can be answered. Does nothing for other sockets. Returns 0, or -1 with errno.
 */
int recv_sockopts_bind(int fd);

#endif
