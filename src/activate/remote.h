/* SPDX-License-Identifier: ISC */
/* The address of a connection's peer, as systemd.exec(5) defines REMOTE_ADDR and REMOTE_PORT. */
#ifndef ACTIVATE_REMOTE_H
#define ACTIVATE_REMOTE_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* The longest path of a socket, or an IPv6 address with its interface; and the NUL. */
#define REMOTE_ADDR_SIZE 128
#define REMOTE_PORT_SIZE 12

/* Either is an empty string where the address has no such part. */
struct remote {
	char addr[REMOTE_ADDR_SIZE];
	char port[REMOTE_PORT_SIZE];
};

/* Of an address of LENGTH bytes. IPv4 in IPv6 is written as IPv4; a Unix address is a path or @NAME. */
void remote_format(const struct sockaddr *address, socklen_t length, struct remote *remote);

/* Of the peer of the connection FD; both empty if it has none. */
void remote_get(int fd, struct remote *remote);

#endif
