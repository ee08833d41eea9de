/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "net/sockopt.h"
#include "cmd/ask.h"

static const struct {
	unsigned int bit;
	int option;
	int value;
	const char *name;
	const char *missing; /* what to know when the kernel says that it has no such option */
} asks[] = {
	{ ASK_CREDS, SO_PASSCRED, 1, "--creds", "this socket cannot tell its senders' credentials" },
	{ ASK_SECURITY, SO_PASSSEC, 1, "--security", "this socket cannot tell its senders' security labels" },
	{ ASK_PIDFD, SO_PASSPIDFD, 1, "--pidfd", "needs Linux 6.5 and an AF_UNIX socket" },
	{ ASK_TIMESTAMPS, SO_TIMESTAMPNS, 1, "--timestamps", "this socket has no timestamps" },
	{ ASK_INQ, SO_INQ, 1, "--inq", "needs Linux 6.17 and an AF_UNIX stream socket" },
	{ ASK_NO_RIGHTS, SO_PASSRIGHTS, 0, "--no-rights",
	    "needs Linux 6.16; descriptors that come are closed instead of refused" },
};

int
ask_apply(int fd, unsigned int ask, const struct list *setsockopts, struct fail *fail)
{
	static unsigned int told;
	struct sockopt option;
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		if ((ask & asks[i].bit) == 0 ||
		    setsockopt(fd, SOL_SOCKET, asks[i].option, &asks[i].value, sizeof(asks[i].value)) == 0)
			continue;
		if (errno != ENOPROTOOPT && errno != EOPNOTSUPP)
			return fail_errno(fail, "%s", asks[i].name);
		if ((told & asks[i].bit) == 0)
			complain("%s: %s", asks[i].name, asks[i].missing);
		told |= asks[i].bit;
	}
	for (i = 0; i < setsockopts->count; i++)
		if (sockopt_parse(setsockopts->items[i], &option, fail) == -1 || sockopt_apply(fd, &option, fail) == -1)
			return -1;
	return 0;
}

int
ask_accepted(int fd, unsigned int ask, const struct list *setsockopts, struct fail *fail)
{
	struct sockopt option;
	static struct fail ignored;
	size_t i;

	if (ask_apply(fd, ask & ASK_ACCEPTED, &(struct list){ .count = 0 }, fail) == -1)
		return -1;
	for (i = 0; i < setsockopts->count; i++)
		if (sockopt_parse(setsockopts->items[i], &option, &ignored) == 0)
			(void)sockopt_apply(fd, &option, &ignored);
	return 0;
}
