/* SPDX-License-Identifier: ISC */
/*
 * Queries AF_UNIX sockets of this network namespace with sock_diag(7). Each query is for one socket, because a dump of
 * all sockets can omit sockets if other sockets are created or closed during the dump.
 */
#ifndef INSPECT_UNIX_DIAG_H
#define INSPECT_UNIX_DIAG_H

#include <stdbool.h>
#include <stdint.h>

/* Returns a netlink socket for queries, or -1 with errno. A query may load the kernel module unix_diag. */
int unix_diag_open(void);

/*
 * Determines the inode number of the peer of the socket INODE. Returns false if the peer is unknown or NETLINK is -1.
 */
bool unix_diag_peer(int netlink, uint64_t inode, uint64_t *peer);

/*
 * Determines the lower 32 bits of the inode number, and the device number, of the file to which the socket INODE is
 * bound. The minor number is in the lower 20 bits of the device number. Returns false if *FILE and *DEVICE are unknown,
 * or if a query would load a kernel module.
 */
bool unix_diag_file(uint64_t inode, uint32_t *file, uint32_t *device);

/*
 * Opens a netlink socket for unix_diag_peer_gone() and unix_diag_backlog() and keeps it open, unless a query would load
 * a kernel module. Without the netlink socket, unix_diag_peer_gone() and unix_diag_backlog() return false.
 */
void unix_diag_prepare(void);

/*
 * Determines whether the peer of the connected datagram socket INODE was closed. Returns false if the state of the peer
 * is unknown.
 */
bool unix_diag_peer_gone(uint64_t inode, bool *gone);

/*
 * Determines the number of connections in the queue of the listening socket INODE, and the maximum length of this
 * queue. Returns false if *USED and *LIMIT cannot be determined.
 */
bool unix_diag_backlog(uint64_t inode, uint32_t *used, uint32_t *limit);

#endif
