/* SPDX-License-Identifier: ISC */
/* What the files of this layer share. */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "net/addr.h"
#include "net/endpoint.h"

/* A new AF_UNIX socket of TYPE (and flags such as SOCK_NONBLOCK), close-on-exec, prepared as OPTIONS say. */
int socket_new(int type, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/* "stream", "seqpacket", "dgram"; "unknown" for others. */
const char *socket_type_word(int type);

/*
 * The address of what FD (O_PATH) refers to, or of BASE in it if that is not NULL, by way of /proc: as long as the path
 * may be, this is short. -1 with ENAMETOOLONG if BASE alone is too long.
 */
int proc_address(int fd, const char *base, struct sockaddr_un *address, socklen_t *length);

/* Sleeps until *PAUSE nanoseconds from now, not past LIMIT, and lets *PAUSE grow. False if LIMIT is there already. */
bool pause_until(int64_t *pause, int64_t limit);

/* endpoint_open() of a path or an abstract name, one role each. */
int endpoint_listen(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);
int endpoint_connect(
    struct endpoint *ep, const struct addr *addr, const struct endpoint_options *options, struct fail *fail);

/*
 * A leftover in the way of bind(2), which is BASE in the directory DIRFD. Removed if it is a socket on which nobody
 * listens; 0 too if it is gone. -1 with *FAIL if it must stay. While the lock is held, no other fdpass removes one
 * there; stale_lock() waits a second at most for it, and returns a descriptor to close, or -1.
 */
int stale_lock(int dirfd);
int stale_remove(int dirfd, const char *base, const struct addr *addr, struct fail *fail);

#define PAUSE_FIRST 1000000 /* 1 ms */

#endif
