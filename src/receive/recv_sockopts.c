/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/compat.h"
#include "net/sockopt.h"
#include "cli/message.h"
#include "receive/recv_sockopts.h"

static const struct {
	unsigned int bit;
	int option;
	int value;
	const char *name;
	const char *missing; /* the warning that is printed if the kernel or the socket does not support the option */
} requests[] = {
	{ REQUEST_CREDS, SO_PASSCRED, 1, "--creds", "this socket does not report credentials" },
	{ REQUEST_SECURITY, SO_PASSSEC, 1, "--security", "this socket does not report security labels" },
	{ REQUEST_PIDFD, SO_PASSPIDFD, 1, "--pidfd", "needs Linux 6.5 and an AF_UNIX socket" },
	{ REQUEST_TIMESTAMPS, SO_TIMESTAMPNS, 1, "--timestamps", "this socket has no timestamps" },
	{ REQUEST_INQ, SO_INQ, 1, "--inq", "needs Linux 6.17 and an AF_UNIX stream socket" },
	{ REQUEST_NO_RIGHTS, SO_PASSRIGHTS, 0, "--no-rights",
	    "needs Linux 6.16; received descriptors are closed instead of refused" },
};

/* Sets those requested socket options that are in MASK. */
static int
apply_requests(struct recv_sockopts *sockopts, unsigned int mask, int fd, struct fail *fail)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if ((sockopts->request & mask & requests[i].bit) == 0 ||
		    setsockopt(fd, SOL_SOCKET, requests[i].option, &requests[i].value, sizeof(requests[i].value)) == 0)
			continue;
		if (errno != ENOPROTOOPT && errno != EOPNOTSUPP)
			return fail_errno(fail, "%s", requests[i].name);
		if ((sockopts->warned & requests[i].bit) == 0)
			msg_warn("%s: %s", requests[i].name, requests[i].missing);
		sockopts->warned |= requests[i].bit;
	}
	return 0;
}

int
recv_sockopts_apply(struct recv_sockopts *sockopts, int fd, struct fail *fail)
{
	const struct list *list = sockopts->setsockopt;
	struct sockopt option;
	size_t i;

	if (apply_requests(sockopts, ~0U, fd, fail) == -1)
		return -1;
	for (i = 0; i < list->count; i++)
		if (sockopt_parse(list->items[i], &option, fail) == -1 || sockopt_apply(fd, &option, fail) == -1)
			return -1;
	return 0;
}

int
recv_sockopts_apply_accepted(struct recv_sockopts *sockopts, int fd, struct fail *fail)
{
	const struct list *list = sockopts->setsockopt;
	struct sockopt option;
	struct fail ignored;
	size_t i;

	if (apply_requests(sockopts, REQUEST_ACCEPTED, fd, fail) == -1)
		return -1;
	for (i = 0; i < list->count; i++)
		if (sockopt_parse(list->items[i], &option, &ignored) == 0)
			(void)sockopt_apply(fd, &option, &ignored);
	return 0;
}

bool
recv_sockopts_is_unix_dgram(int fd)
{
	socklen_t length = sizeof(int);
	int type, domain;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM &&
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

int
recv_sockopts_bind(int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);

	if (!recv_sockopts_is_unix_dgram(fd))
		return 0;
	if (getsockname(fd, (struct sockaddr *)&address, &length) == -1)
		return -1;
	if (length > sizeof(address.sun_family))
		return 0;
	return bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family));
}
