/* SPDX-License-Identifier: ISC */
/* Describes socket addresses. The emitted object has the same members for all address families. */
#ifndef DESCRIBE_SOCKADDR_H
#define DESCRIBE_SOCKADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "emit/emit.h"

/*
 * Describes the address SA of LENGTH bytes as one object. Emits null if LENGTH is too short to contain an address
 * family. Text output contains BEFORE and an address such as "127.0.0.1:80", "\"/run/x\"" or "@\"name\"". If BEFORE is
 * NULL, the address is omitted from text output.
 */
void sockaddr_describe(
    struct emit *e, const char *key, const char *before, const struct sockaddr *sa, socklen_t length);

/*
 * Like sockaddr_describe(). If WITHOUT_PORT is true, omits the port. Used for raw sockets, because their addresses
 * contain the protocol number instead of a port.
 */
void sockaddr_describe_host(struct emit *e, const char *key, const char *before, const struct sockaddr *sa,
    socklen_t length, bool without_port);

#endif
