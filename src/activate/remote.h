/* SPDX-License-Identifier: ISC */
/* The address of a connection's peer, as systemd.exec(5) defines REMOTE_ADDR and REMOTE_PORT. */
#ifndef ACTIVATE_REMOTE_H
#define ACTIVATE_REMOTE_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* Fits the longest path of a socket, or an IPv6 address with its interface, and the NUL. */
#define REMOTE_ADDR_SIZE 128
#define REMOTE_PORT_SIZE 12

/* A string is empty if the address has no such part. */
struct remote {
	char addr[REMOTE_ADDR_SIZE];
	char port[REMOTE_PORT_SIZE];
};

/*
 * Formats an address of LENGTH bytes. An IPv4-mapped IPv6 address is written as IPv4, a Unix address as a path or
 * @NAME.
 */
void remote_format(const struct sockaddr *address, socklen_t length, struct remote *remote);

/* Formats the address of the peer of connection FD; both strings are empty if it has none. */
void remote_get(int fd, struct remote *remote);

#endif
