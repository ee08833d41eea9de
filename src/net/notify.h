/* SPDX-License-Identifier: ISC */
/* Notifies --ready-fd and the service manager (NOTIFY_SOCKET, see sd_notify(3)) that peers can connect. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "base/fail.h"

struct endpoint;

/*
 * Writes a newline to FD unless FD is -1. If the variable NOTIFY_SOCKET is set, sends READY=1 to the socket that it
 * names. Returns 0, or
 * -1 with *FAIL.
 */
int notify_ready(int fd, struct fail *fail);

/*
 * Connects EP to NOTIFY_SOCKET. If NOTIFY_SOCKET is not set, EP has no descriptor (-1). Returns 0, or -1 with *FAIL.
 * The caller must call endpoint_done() in both cases.
 */
int notify_connect(struct endpoint *ep, struct fail *fail);

/* Writes a newline to FD without causing SIGPIPE. Returns 0, or -1 with errno. */
int notify_newline(int fd);

#endif
