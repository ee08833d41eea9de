/* SPDX-License-Identifier: ISC */
/*
 * Queries about AF_UNIX sockets of this network namespace with sock_diag(7), one socket for each query: a dump of all
 * sockets can miss some while others are created and closed.
 */
#ifndef INSPECT_UNIX_DIAG_H
#define INSPECT_UNIX_DIAG_H

#include <stdbool.h>
#include <stdint.h>

/* Returns a socket for queries, or -1 with errno. A query may load the kernel module unix_diag. */
int unix_diag_open(void);

/* Finds the inode of the socket at the other end of the socket INODE. NETLINK may be -1. Returns false if unknown. */
bool unix_diag_peer(int netlink, uint64_t inode, uint64_t *peer);

/*
 * Finds the inode number (its lower 32 bits) and the device (minor number in the lower 20 bits) of the file to which the
 * socket INODE is bound. Returns false if it is unknown, or if a query would load a kernel module.
 */
bool unix_diag_file(uint64_t inode, uint32_t *file, uint32_t *device);

/*
 * Opens a socket that stays open for the functions below, unless a query would load a kernel module. Without it, they
 * return false.
 */
void unix_diag_prepare(void);

/* Finds out whether the socket to which the datagram socket INODE is connected was closed. Returns false if unknown. */
bool unix_diag_peer_gone(uint64_t inode, bool *gone);

/* Finds the number of connections that wait at the listening socket INODE, and their limit. Returns false if unknown. */
bool unix_diag_backlog(uint64_t inode, uint32_t *used, uint32_t *limit);

#endif
