/* SPDX-License-Identifier: ISC */
/* Readiness notification, once peers can connect: --ready-fd and sd_notify(3)'s NOTIFY_SOCKET. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "base/fail.h"

/*
 * Writes a newline to FD unless it is -1, then sends READY=1 to NOTIFY_SOCKET if that is set. Returns 0, or -1 with
 * *FAIL.
 */
int notify_ready(int fd, struct fail *fail);

/* Writes a newline to FD, without SIGPIPE. Returns 0, or -1 with errno. */
int notify_newline(int fd);

#endif
