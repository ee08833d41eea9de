/* SPDX-License-Identifier: ISC */
/* The address of a connection's peer, for the variables REMOTE_ADDR and REMOTE_PORT (see systemd.exec(5)). */
#ifndef ACTIVATE_REMOTE_H
#define ACTIVATE_REMOTE_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/*
 * Large enough for the longest socket path, or an IPv6 address with the name of its interface, including the NUL byte.
 */
#define REMOTE_ADDR_SIZE 128
#define REMOTE_PORT_SIZE 12

/* The host and the port of an address, as strings. A component that the address does not have is an empty string. */
struct remote {
	char addr[REMOTE_ADDR_SIZE];
	char port[REMOTE_PORT_SIZE];
};

/*
 * Formats ADDRESS, which has LENGTH bytes. Writes an IPv4-mapped IPv6 address as an IPv4 address, and an AF_UNIX
 * address as a path or @NAME.
 */
void remote_format(const struct sockaddr *address, socklen_t length, struct remote *remote);

/*
 * Formats the address of the peer that is connected to FD. If the peer has no address, both strings of *REMOTE are
 * empty.
 */
void remote_get(int fd, struct remote *remote);

#endif
