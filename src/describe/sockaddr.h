/* SPDX-License-Identifier: ISC */
/* Describes socket addresses of all families in a common form. */
#ifndef DESCRIBE_SOCKADDR_H
#define DESCRIBE_SOCKADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "emit/emit.h"

/*
 * Describes the LENGTH bytes at SA as one object, or null if LENGTH is too short for a family. The text output is
 * BEFORE, followed by an address such as "127.0.0.1:80", "\"/run/x\"" or "@\"name\""; nothing if BEFORE is NULL.
 */
void sockaddr_describe(
    struct emit *e, const char *key, const char *before, const struct sockaddr *sa, socklen_t length);

/* Does the same. WITHOUT_PORT omits the port: in the address of a raw socket, that field is the protocol. */
void sockaddr_describe_host(struct emit *e, const char *key, const char *before, const struct sockaddr *sa,
    socklen_t length, bool without_port);

#endif
