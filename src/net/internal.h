/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files of this layer. */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "net/addr.h"
#include "net/endpoint.h"

/* Creates an AF_UNIX socket of TYPE (with flags such as SOCK_NONBLOCK), close-on-exec, and applies OPTIONS. */
int socket_new(int type, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Makes the address /proc/self/fd/FD, or /proc/self/fd/FD/BASE unless BASE is NULL; FD is an O_PATH descriptor. The
 * address is short, however long the path is. Returns 0, or -1 with ENAMETOOLONG if BASE alone is too long.
 */
int proc_address(int fd, const char *base, struct sockaddr_un *address, socklen_t *length);

/* Sleeps for *PAUSE nanoseconds, but not past LIMIT, and increases *PAUSE. Returns false if LIMIT has passed. */
bool pause_until(int64_t *pause, int64_t limit);

/* Do the work of endpoint_open() for a path or an abstract name, one function for each role. */
int endpoint_listen(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);
int endpoint_connect(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * Removes BASE in the directory DIRFD if it is a stale socket, on which no process listens. Returns 0, also if BASE no
 * longer exists, or -1 with *FAIL if it must be kept. While the lock is held, no other fdpass removes sockets in that
 * directory. stale_lock() waits for the lock up to one second and returns a descriptor to close, or -1.
 */
int stale_lock(int dirfd);
int stale_remove(int dirfd, const char *base, const struct addr *addr, struct fail *fail);

#define PAUSE_FIRST 1000000 /* 1 ms, in nanoseconds */

#endif
