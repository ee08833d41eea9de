/* SPDX-License-Identifier: ISC */
/* What sockets are asked for before their first message, and whether credentials can be carried on. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fail.h"
#include "lib/fdpass.h"
#include "relay/internal.h"

bool
creds_carried(void)
{
	/* Process 1 exists everywhere, and it is not this one; neither is its user. */
	struct ucred somebody = { .pid = 1, .uid = 65534, .gid = 65534 };
	struct fdpass_cmsg item = { .level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = &somebody,
		.length = sizeof(somebody) };
	struct iovec data = { (char[1]){ 0 }, 1 };
	int pair[2];
	bool carried;

	if (getpid() == 1)
		somebody.pid = getpid();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	carried = fdpass_sendmsg(pair[0], &data, 1, &item, 1, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0, NULL) == 1;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return carried;
}

static int
option_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

/* A socket that somebody else made may have been asked for things that hide what a look ahead must tell. */
static void
given_reset(struct loop *l, int fd)
{
	int sndbuf = 0;
	socklen_t size = sizeof(sndbuf);

	if (!l->with_creds)
		(void)option_set(fd, SO_PASSCRED, 0);
	if (!l->options->pidfd)
		(void)option_set(fd, SO_PASSPIDFD, 0);
	if (!l->options->security)
		(void)option_set(fd, SO_PASSSEC, 0);
	(void)option_set(fd, SO_INQ, 0);
	/* The write that brings descriptors must fit into one piece here too. */
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, &size) == 0 && sndbuf < SNDBUF_MIN)
		(void)option_set(fd, SO_SNDBUF, SNDBUF_MIN / 2);
}

void
socket_prepare(struct loop *l, int fd, bool given)
{
	if (given)
		given_reset(l, fd);
	else if (l->sndbuf < SNDBUF_MIN)
		(void)option_set(fd, SO_SNDBUF, SNDBUF_MIN / 2);
	if (l->with_creds)
		(void)option_set(fd, SO_PASSCRED, 1);
	if (l->options->pidfd)
		(void)option_set(fd, SO_PASSPIDFD, 1);
	if (l->options->security)
		(void)option_set(fd, SO_PASSSEC, 1);
	if (l->options->no_rights)
		(void)option_set(fd, SO_PASSRIGHTS, 0);
	/* An urgent byte stays in its place, with the descriptors that came with it. */
	if (l->front.type == SOCK_STREAM || l->front.type == 0)
		(void)option_set(fd, SO_OOBINLINE, 1);
}
