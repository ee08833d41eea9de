/* SPDX-License-Identifier: ISC */
/* Finds the inode number of the socket at the other end of a connection. The other end must be on this machine. */
#ifndef INSPECT_SOCKET_PEERS_H
#define INSPECT_SOCKET_PEERS_H

#include <stdint.h>

#include "inspect/fd.h"

struct socket_peers;

/*
 * Opens a netlink socket (sock_diag(7)) for queries of AF_UNIX sockets, and reads the TCP and UDP sockets from
 * /proc/net. Returns NULL with errno on failure.
 */
struct socket_peers *socket_peers_new(void);
void socket_peers_free(struct socket_peers *peers);

/* Returns the inode number of the peer of the socket that FACTS describes, or 0 if the inode number is unknown. */
uint64_t socket_peers_find(const struct socket_peers *peers, const struct fd_facts *facts);

#endif
