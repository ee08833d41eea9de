/* SPDX-License-Identifier: ISC */
/*
 * Reports that peers can connect: writes to the descriptor of --ready-fd, and notifies the service manager
 * (NOTIFY_SOCKET, see sd_notify(3)).
 */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "base/fail.h"

struct endpoint;

/*
 * Writes a newline to FD unless FD is -1. If the environment variable NOTIFY_SOCKET is set, sends READY=1 to the socket
 * that this variable names. Returns 0, or -1 with *FAIL.
 */
int notify_ready(int fd, struct fail *fail);

/*
 * Connects EP to the socket in the environment variable NOTIFY_SOCKET. If this variable is not set, sets the descriptor
 * of EP to -1. Returns 0, or -1 with *FAIL. The caller must call endpoint_done() in both cases.
 */
int notify_connect(struct endpoint *ep, struct fail *fail);

/* Writes a newline to FD without causing SIGPIPE. Returns 0, or -1 with errno. */
int notify_newline(int fd);

#endif
