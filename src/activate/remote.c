/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/num.h"
#include "activate/remote.h"

static void
format_inet(const struct in_addr *addr, in_port_t port, struct remote *r)
{
	(void)inet_ntop(AF_INET, addr, r->addr, sizeof(r->addr));
	(void)num_write(r->port, "", ntohs(port), 10, 1);
}

static void
format_inet6(const struct sockaddr_in6 *in6, struct remote *r)
{
	/* IN6_IS_ADDR_V4MAPPED() removes const from its argument in some C libraries. */
	static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };
	char interface[IF_NAMESIZE];
	struct in_addr mapped;

	if (memcmp(in6->sin6_addr.s6_addr, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		memcpy(&mapped, &in6->sin6_addr.s6_addr[12], sizeof(mapped));
		format_inet(&mapped, in6->sin6_port, r);
		return;
	}
	(void)inet_ntop(AF_INET6, &in6->sin6_addr, r->addr, sizeof(r->addr));
	if (in6->sin6_scope_id != 0 && if_indextoname(in6->sin6_scope_id, interface) != NULL) {
		(void)strlcat(r->addr, "%", sizeof(r->addr));
		(void)strlcat(r->addr, interface, sizeof(r->addr));
	}
	(void)num_write(r->port, "", ntohs(in6->sin6_port), 10, 1);
}

/*
 * Formats the path or abstract name of an AF_UNIX address. Replaces the NUL bytes of an abstract name by @, because
 * environment variables cannot contain NUL bytes.
 */
static void
format_unix(const struct sockaddr_un *un, socklen_t length, struct remote *r)
{
	size_t size = length - offsetof(struct sockaddr_un, sun_path), i;

	if (size > sizeof(un->sun_path))
		size = sizeof(un->sun_path);
	if (un->sun_path[0] != '\0')
		size = strnlen(un->sun_path, size);
	for (i = 0; i < size && i + 1 < sizeof(r->addr); i++)
		r->addr[i] = un->sun_path[i] != '\0' ? un->sun_path[i] : '@';
	r->addr[i] = '\0';
}

void
remote_format(const struct sockaddr *address, socklen_t length, struct remote *r)
{
	struct sockaddr_vm vm;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	r->addr[0] = r->port[0] = '\0';
	if (length < sizeof(address->sa_family))
		return;
	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in, address, length < sizeof(in) ? length : sizeof(in));
		if (length >= sizeof(in))
			format_inet(&in.sin_addr, in.sin_port, r);
		break;
	case AF_INET6:
		memcpy(&in6, address, length < sizeof(in6) ? length : sizeof(in6));
		if (length >= sizeof(in6))
			format_inet6(&in6, r);
		break;
	case AF_UNIX:
		if (length > offsetof(struct sockaddr_un, sun_path))
			format_unix((const struct sockaddr_un *)address, length, r);
		break;
	case AF_VSOCK:
		if (length < sizeof(vm))
			break;
		memcpy(&vm, address, sizeof(vm));
		(void)num_write(r->addr, "vsock:", vm.svm_cid, 10, 1);
		(void)num_write(r->port, "", vm.svm_port, 10, 1);
		break;
	default:
		break;
	}
}

void
remote_get(int fd, struct remote *r)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	r->addr[0] = r->port[0] = '\0';
	if (getpeername(fd, (struct sockaddr *)&address, &length) == 0)
		remote_format(
		    (const struct sockaddr *)&address, length <= sizeof(address) ? length : sizeof(address), r);
}
