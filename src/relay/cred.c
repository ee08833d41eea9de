/* SPDX-License-Identifier: ISC */
/*
 * Determines the credentials that receivers get with forwarded messages (SCM_CREDENTIALS), and the client's credentials
 * that the server gets (SO_PEERCRED).
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fail.h"
#include "lib/fdpass.h"
#include "relay/internal.h"

bool
creds_carried(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	const uint32_t needed = 1U << CAP_SETUID | 1U << CAP_SETGID;

	if (syscall(SYS_capget, &header, caps) == -1)
		return false;
	/*
	 * CAP_SYS_ADMIN is not checked, although the kernel requires it for sending the process ID of another process.
	 * Without CAP_SYS_ADMIN, the relay sends its own process ID.
	 */
	return (caps[0].effective & needed) == needed;
}

static int
option_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

/*
 * Resets options of an inherited socket. Some of these options add control messages, and MSG_PEEK cannot distinguish
 * such control messages from descriptors.
 */
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
	/* The data of one message with descriptors must fit into one kernel buffer of the inherited socket. */
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
	/*
	 * With SO_OOBINLINE, an urgent byte keeps its position in the stream, and keeps the descriptors that were sent
	 * with the byte.
	 */
	if (l->listen_endpoint->type == SOCK_STREAM || l->listen_endpoint->type == 0)
		(void)option_set(fd, SO_OOBINLINE, 1);
}

bool
creds_cover(const struct loop *l, const struct peer *peer)
{
	if (!peer->known || peer->uid == 0)
		return peer->known;
	return !l->own_ids_ambiguous && peer->uid == l->own_uid && peer->gid == l->own_gid;
}

bool
creds_reduce(const struct loop *l, struct relay_message *p)
{
	if (!p->has_cred)
		return false;
	if (p->cred.pid != l->own_pid) {
		p->cred.pid = l->own_pid;
		return true;
	}
	if (p->cred.uid == OVERFLOW_UID && p->cred.gid == OVERFLOW_GID)
		return false;
	p->cred.uid = OVERFLOW_UID;
	p->cred.gid = OVERFLOW_GID;
	return true;
}

/* --- the credentials with which the relay connects to the server */

static int
peer_groups(int fd, gid_t *groups)
{
	socklen_t size = GROUPS_MAX * sizeof(*groups);

	/*
	 * SO_PEERGROUPS exists since Linux 4.13. On older kernels, and for clients with more than GROUPS_MAX groups,
	 * the relay connects without supplementary groups.
	 */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == -1)
		return 0;
	return (int)(size / sizeof(*groups));
}

/*
 * Changes the effective user and group IDs. Keeps the file system IDs of OWN, so that the server's path is looked up
 * with the permissions of the relay.
 */
static int
ids_change(const struct identity *own, uid_t uid, gid_t gid)
{
	if (setresgid((gid_t)-1, gid, (gid_t)-1) == -1)
		return -1;
	(void)setfsgid(own->gid);
	if (setresuid((uid_t)-1, uid, (uid_t)-1) == -1)
		return -1;
	(void)setfsuid(own->uid);
	return 0;
}

/*
 * Determines the IDs for connecting to the server: the IDs of CLIENT's peer, or the overflow IDs if the peer is
 * unknown, for example a TCP client. Returns false if *UID and *GID are the relay's own IDs, so that no change is
 * needed. Also returns false if the client is root and the relay is not: a process that changes from uid 0 loses its
 * capabilities, so the relay could not restore its credentials. In this case, the server sees the relay's IDs, which
 * have fewer privileges than root.
 */
static bool
ids_differ(const struct identity *own, int client, uid_t *uid, gid_t *gid)
{
	struct peer peer;

	peer_of_socket(client, &peer);
	*uid = peer.known ? peer.uid : OVERFLOW_UID;
	*gid = peer.known ? peer.gid : OVERFLOW_GID;
	if (*uid == 0 && own->uid != 0)
		return false;
	return *uid != own->uid || *gid != own->gid;
}

int
identity_assume(struct identity *own, int client)
{
	gid_t gid, groups[GROUPS_MAX];
	uid_t uid;
	int err;

	own->changed = false;
	own->uid = geteuid();
	own->gid = getegid();
	if (!ids_differ(own, client, &uid, &gid))
		return 0;
	own->group_count = getgroups(GROUPS_MAX, own->groups);
	if (own->group_count == -1 || setgroups((size_t)peer_groups(client, groups), groups) == -1)
		return -1;
	own->changed = true;
	if (ids_change(own, uid, gid) == 0)
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
