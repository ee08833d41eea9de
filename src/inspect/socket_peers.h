/* SPDX-License-Identifier: ISC */
/* The inode numbers of the sockets at the other end of connections within this machine. */
#ifndef INSPECT_SOCKET_PEERS_H
#define INSPECT_SOCKET_PEERS_H

#include <stdint.h>

#include "inspect/fd.h"

struct socket_peers;

/* Takes a snapshot: AF_UNIX by sock_diag(7), TCP and UDP from /proc/net. Returns it, or NULL with errno. */
struct socket_peers *socket_peers_new(void);
void socket_peers_free(struct socket_peers *peers);

/* The inode of the other end of the socket FACTS, or 0 if it is unknown. */
uint64_t socket_peers_find(const struct socket_peers *peers, const struct fd_facts *facts);

#endif
