/* SPDX-License-Identifier: ISC */
/* Finds the inode numbers of the peers of sockets, for connections within this machine. */
#ifndef INSPECT_SOCKET_PEERS_H
#define INSPECT_SOCKET_PEERS_H

#include <stdint.h>

#include "inspect/fd.h"

struct socket_peers;

/*
 * Opens a netlink socket (sock_diag(7)) for AF_UNIX, and reads /proc/net for TCP and UDP. Returns NULL with errno on
 * failure.
 */
struct socket_peers *socket_peers_new(void);
void socket_peers_free(struct socket_peers *peers);

/* Returns the inode number of the peer of the socket FACTS, or 0 if it is unknown. */
uint64_t socket_peers_find(const struct socket_peers *peers, const struct fd_facts *facts);

#endif
