/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files in src/net/. */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "net/addr.h"
#include "net/endpoint.h"

/*
 * Creates a close-on-exec AF_UNIX socket of TYPE, which can include flags such as SOCK_NONBLOCK, and calls the prepare
 * function of OPTIONS for the socket.
 */
int socket_new(int type, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Sets *ADDRESS to /proc/self/fd/FD, or to /proc/self/fd/FD/BASE if BASE is not NULL. FD is an O_PATH descriptor. If
 * BASE is short, this address fits into sun_path even if the path of the socket does not. Returns 0, or -1 with
 * ENAMETOOLONG if BASE is too long.
 */
int proc_address(int fd, const char *base, struct sockaddr_un *address, socklen_t *length);

/*
 * Sleeps for *PAUSE nanoseconds, but at most until the time LIMIT, and increases *PAUSE. Returns false without sleeping
 * if LIMIT has passed.
 */
bool pause_until(int64_t *pause, int64_t limit);

/*
 * Implement endpoint_open() for a path or an abstract name: one function for listening or bound sockets, one for
 * connected sockets.
 */
int endpoint_listen(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);
int endpoint_connect(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * stale_remove() removes BASE in the directory DIRFD if it is a stale socket, on which no process is listening. Returns
 * 0 on success or if BASE does not exist, or -1 with *FAIL if BASE must not be removed. stale_lock() locks the
 * directory, so that no other fdpass process removes sockets in the directory. stale_lock() waits up to one second for
 * the lock, and returns a descriptor that must be closed to release the lock, or -1.
 */
int stale_lock(int dirfd);
int stale_remove(int dirfd, const char *base, const struct addr *addr, struct fail *fail);

#define PAUSE_FIRST 1000000 /* 1 ms, in nanoseconds */

#endif
