/* SPDX-License-Identifier: ISC */
/* A socket's address, of whatever family, told in one shape. */
#ifndef DESCRIBE_SOCKADDR_H
#define DESCRIBE_SOCKADDR_H

#include <sys/socket.h>

#include "emit/emit.h"

/*
 * Tells the LENGTH bytes at SA as one object, or null if LENGTH is too short for a family. In text it is BEFORE and
 * then the address ("127.0.0.1:80", "\"/run/x\"", "@\"name\""); nothing at all if BEFORE is NULL.
 */
void sockaddr_describe(
    struct emit *e, const char *key, const char *before, const struct sockaddr *sa, socklen_t length);

#endif
