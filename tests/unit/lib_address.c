/* SPDX-License-Identifier: ISC */
/* Tests of converting names of AF_UNIX sockets to struct sockaddr_un and back. */
#include <stddef.h>
#include <sys/un.h>

#include "sockets.h"
#include "tap.h"

#define OFFSET offsetof(struct sockaddr_un, sun_path)

static void
r10_address(void)
{
	struct sockaddr_un address;
	char name[128];
	socklen_t length = 77;

	is_int(fdpass_unix_address("/run/x", 6, &address, &length), 0, "a path is converted to an address");
	is_int(length, OFFSET + 7, "the length of the address includes the NUL byte of the path");
	is_int(address.sun_family, AF_UNIX, "the address has the family AF_UNIX");
	is_str(address.sun_path, "/run/x", "the address contains the path");

	is_int(fdpass_unix_address("\0a\0b", 4, &address, &length), 0,
	    "an abstract name that contains a NUL byte is converted");
	is_int(length, OFFSET + 4, "the length of an abstract name's address does not include bytes after the name");
	is_mem(address.sun_path, "\0a\0b", 5, "the address contains all bytes of the abstract name");

	is_int(fdpass_unix_address(NULL, 0, &address, &length), 0, "an empty name is converted");
	is_int(length, OFFSET, "the address of an empty name consists only of the family");

	memset(name, 'p', sizeof(name));
	is_int(fdpass_unix_address(name, 107, &address, &length), 0, "a path of 107 bytes is converted");
	is_int(length, OFFSET + 108, "a path of 107 bytes fills the structure");
	is_int(address.sun_path[107], 0, "a path of 107 bytes ends with a NUL byte");
	errno = 0;
	length = 77;
	is_int(fdpass_unix_address(name, 108, &address, &length), -1, "a path of 108 bytes is refused");
	is_int(errno, ENAMETOOLONG, "a path of 108 bytes fails with ENAMETOOLONG");
	is_int(length, 77, "after an error, the length is unchanged");

	name[0] = '\0';
	is_int(fdpass_unix_address(name, 108, &address, &length), 0, "an abstract name of 108 bytes is converted");
	is_int(length, OFFSET + 108, "an abstract name of 108 bytes fills the structure");
	is_int(fdpass_unix_address(name, 109, &address, &length), -1, "an abstract name of 109 bytes is refused");
	is_int(errno, ENAMETOOLONG, "an abstract name of 109 bytes fails with ENAMETOOLONG");

	errno = 0;
	is_int(fdpass_unix_address("a\0b", 3, &address, &length), -1, "a path that contains a NUL byte is refused");
	is_int(errno, EINVAL, "a path that contains a NUL byte fails with EINVAL");
	is_int(fdpass_unix_address("a", 2, &address, &length), -1, "a path that ends with a NUL byte is refused");
}

static void
is_name(const char *bytes, size_t length, size_t addrlen, const char *wanted, size_t wanted_length, const char *what)
{
	union {
		struct sockaddr_un un;
		char bytes[128];
	} address;
	const char *name = NULL;
	size_t got = 99;

	memset(&address, 'x', sizeof(address));
	address.un.sun_family = AF_UNIX;
	memcpy(address.bytes + OFFSET, bytes, length);
	is_int(fdpass_unix_name(&address.un, (socklen_t)addrlen, &name, &got), wanted != NULL, "%s", what);
	if (wanted == NULL)
		return;
	is_int(got, wanted_length, "the name has the expected length");
	is_mem(name, wanted, wanted_length, "the name has the expected bytes");
}

static void
r9_name(void)
{
	struct sockaddr_storage other;
	const char *name;
	char full[110];
	size_t length;

	memset(full, 'f', sizeof(full));
	is_name("/run/x", 7, OFFSET + 7, "/run/x", 6, "a path ends at its NUL byte");
	is_name("/run/x", 6, OFFSET + 6, "/run/x", 6, "a path without a NUL byte ends at the length of the address");
	is_name("/run/x\0yz", 9, OFFSET + 9, "/run/x", 6, "bytes after the NUL byte of a path are ignored");
	is_name("\0a\0b", 4, OFFSET + 4, "\0a\0b", 4, "an abstract name is returned completely");
	is_name("", 1, OFFSET + 1, "", 1, "an abstract name of one NUL byte is returned");
	is_name("", 0, OFFSET, NULL, 0, "an address that consists only of the family has no name");
	is_name("", 0, 1, NULL, 0, "an address with a truncated family has no name");
	is_name("", 0, 0, NULL, 0, "an empty address has no name");
	full[108] = '\0';
	is_name(full, 109, OFFSET + 109, full, 108, "a path of 108 bytes is returned from an address of 111 bytes");
	is_name(full, 108, OFFSET + 108, full, 108, "a path of 108 bytes without a NUL byte is returned");
	is_name(full, 108, OFFSET + 120, full, 108,
	    "if the address length exceeds the structure, the name ends at the end of the structure");

	memset(&other, 1, sizeof(other));
	other.ss_family = AF_INET;
	is_int(fdpass_unix_name((const struct sockaddr_un *)&other, 16, &name, &length), 0,
	    "an address of another family has no name");
}

static void
r10_round_trip(void)
{
	struct sockaddr_un address;
	socklen_t length;
	const char *name = NULL;
	size_t got = 0;
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fdpass_unix_address("", 0, &address, &length) == 0, "fdpass_unix_address");
	must(bind(sock, (const struct sockaddr *)&address, length) == 0, "bind");
	length = sizeof(address);
	must(getsockname(sock, (struct sockaddr *)&address, &length) == 0, "getsockname");
	is_int(fdpass_unix_name(&address, length, &name, &got), 1, "the address that bind(2) assigned has a name");
	ok(got == 6 && name[0] == '\0', "bind(2) assigns an abstract name of six bytes");
	close(sock);
}

int
main(void)
{
	int before = fds_open();

	r9_name();
	r10_address();
	r10_round_trip();
	is_int(fds_open(), before, "no descriptor is left open");
	return tap_done();
}
