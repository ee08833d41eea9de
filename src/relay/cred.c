/* SPDX-License-Identifier: ISC */
/* Whose credentials the other end sees: of a message's sender, and of who connected. */
#include <errno.h>
#include <grp.h>
#include <sys/fsuid.h>
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
	struct fdpass_cmsg item = {
		.level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = &somebody, .length = sizeof(somebody)
	};
	struct iovec data = { (char[1]){ 0 }, 1 };
	int pair[2];
	bool carried;

	if (getpid() == 1)
		/* cppcheck-suppress unreadVariable ; it is sent, by way of item.data */
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
	if (l->listen_endpoint.type == SOCK_STREAM || l->listen_endpoint.type == 0)
		(void)option_set(fd, SO_OOBINLINE, 1);
}

/* --- who connects */

static int
peer_groups(int fd, gid_t *groups)
{
	socklen_t size = GROUPS_MAX * sizeof(*groups);

	/* Linux 4.13. Without it, or with more of them, there are none. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == -1)
		return 0;
	return (int)(size / sizeof(*groups));
}

/* The server's address is looked up as before: for that only the ids for the file system count. */
static int
ids_change(const struct identity *own, const struct ucred *to)
{
	if (setresgid((gid_t)-1, to->gid, (gid_t)-1) == -1)
		return -1;
	(void)setfsgid(own->gid);
	if (setresuid((uid_t)-1, to->uid, (uid_t)-1) == -1)
		return -1;
	(void)setfsuid(own->uid);
	return 0;
}

/* Whether it is known who is at the other end, and is somebody else whose name may be taken. */
static bool
is_another(const struct identity *own, int client, struct ucred *peer)
{
	socklen_t size = sizeof(*peer);

	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, peer, &size) == -1 || peer->uid == (uid_t)-1 ||
	    peer->gid == (gid_t)-1)
		return false;
	/* Who was root gives all capabilities away when it is not any more, and could not become itself again. */
	if (peer->uid == 0 && own->uid != 0)
		return false;
	return peer->uid != own->uid || peer->gid != own->gid;
}

int
identity_assume(struct identity *own, int client)
{
	struct ucred peer;
	gid_t groups[GROUPS_MAX];
	int err;

	own->changed = false;
	own->uid = geteuid();
	own->gid = getegid();
	if (!is_another(own, client, &peer))
		return 0;
	own->group_count = getgroups(GROUPS_MAX, own->groups);
	if (own->group_count == -1 || setgroups((size_t)peer_groups(client, groups), groups) == -1)
		return -1;
	own->changed = true;
	if (ids_change(own, &peer) == 0)
		return 0;
	err = errno;
	if (identity_resume(own) == 0)
		own->changed = false;
	errno = err;
	return -1;
}

int
identity_resume(const struct identity *own)
{
	int err = errno;

	if (!own->changed)
		return 0;
	if (setresuid((uid_t)-1, own->uid, (uid_t)-1) == -1 || setresgid((gid_t)-1, own->gid, (gid_t)-1) == -1 ||
	    setgroups((size_t)own->group_count, own->groups) == -1)
		return -1;
	errno = err;
	return 0;
}
