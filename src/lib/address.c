/* SPDX-License-Identifier: ISC */
/* Converts names of AF_UNIX sockets. The length of the address, not a NUL byte, determines where a name ends. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/fdpass.h"

#define NAME_OFFSET	offsetof(struct sockaddr_un, sun_path)
#define NAME_MAX_LENGTH sizeof(((struct sockaddr_un *)NULL)->sun_path)

int
fdpass_unix_address(const void *name, size_t length, struct sockaddr_un *address, socklen_t *addrlen)
{
	int abstract = length == 0 || *(const char *)name == '\0';

	/* A path needs space for a NUL byte at its end; an abstract name does not. */
	if (length > (abstract ? NAME_MAX_LENGTH : NAME_MAX_LENGTH - 1)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (!abstract && memchr(name, '\0', length) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (length > 0)
		memcpy(address->sun_path, name, length);
	*addrlen = (socklen_t)(NAME_OFFSET + length + (abstract ? 0 : 1));
	return 0;
}

int
fdpass_unix_name(const struct sockaddr_un *address, socklen_t addrlen, const char **name, size_t *length)
{
	size_t room;

	if (addrlen <= NAME_OFFSET || address->sun_family != AF_UNIX)
		return 0;
	/* If a path fills sun_path, the kernel returns a length that is one more than the size of the structure. */
	room = addrlen - NAME_OFFSET;
	if (room > NAME_MAX_LENGTH)
		room = NAME_MAX_LENGTH;
	*name = address->sun_path;
	*length = address->sun_path[0] == '\0' ? room : strnlen(address->sun_path, room);
	return 1;
}
