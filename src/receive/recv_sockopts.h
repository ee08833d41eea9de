/* SPDX-License-Identifier: ISC */
/* What a receiver asks of its socket before the first message: --creds, --pidfd, …, --no-rights, --setsockopt. */
#ifndef RECEIVE_RECV_SOCKOPTS_H
#define RECEIVE_RECV_SOCKOPTS_H

#include "base/fail.h"
#include "cli/options.h"

/*
 * Sets the socket options that REQUEST (enum recv_request) stands for on FD. An option that the kernel or the socket
 * lacks is skipped with one warning; a --setsockopt that fails is an error. Returns 0, or -1 with *FAIL.
 */
int recv_sockopts_apply(int fd, unsigned int request, const struct list *setsockopt, struct fail *fail);

/*
 * The same for a socket that was accepted from one on which all of it was set: not every option is handed on. One of
 * --setsockopt that only a listening socket can have is left out.
 */
int recv_sockopts_apply_accepted(int fd, unsigned int request, const struct list *setsockopt, struct fail *fail);

#endif
