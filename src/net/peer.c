/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "net/peer.h"

static const struct peer unknown = PEER_UNKNOWN;

/*
 * Converts the credentials of a message to a struct peer. If the pid is 0 and both IDs are overflow IDs, the sender is
 * unknown.
 */
static void
peer_set(struct peer *peer, const struct ucred *cred)
{
	bool unmapped = cred->pid == 0 && cred->uid == OVERFLOW_UID && cred->gid == OVERFLOW_GID;

	*peer = unknown;
	if (unmapped || cred->uid == (uid_t)-1 || cred->gid == (gid_t)-1)
		return;
	*peer = (struct peer){ .known = true, .pid = cred->pid, .uid = cred->uid, .gid = cred->gid };
}

void
peer_of_socket(int fd, struct peer *peer)
{
	struct ucred cred;
	socklen_t length = sizeof(cred);
	int err = errno;

	*peer = unknown;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length) == -1 || length != sizeof(cred))
		errno = err;
	else if (cred.uid != (uid_t)-1 && cred.gid != (gid_t)-1)
		/*
		 * For a connected socket, the kernel always knows the IDs of the peer, so overflow IDs do not mean
		 * "unknown" here.
		 */
		*peer = (struct peer){ .known = true, .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
}

bool
peer_of_item(const struct fdpass_cmsg *item, struct peer *peer)
{
	struct ucred cred;

	if (item->level != SOL_SOCKET || item->type != SCM_CREDENTIALS || item->length < sizeof(cred))
		return false;
	memcpy(&cred, item->data, sizeof(cred));
	peer_set(peer, &cred);
	return true;
}

void
peer_of_message(const struct fdpass_msg *msg, struct peer *peer)
{
	struct fdpass_cmsg item;
	size_t i;

	for (i = 0; i < fdpass_msg_count(msg); i++)
		if (fdpass_msg_item(msg, i, &item) != -1 && peer_of_item(&item, peer))
			return;
	*peer = unknown;
}

void
peer_to_ucred(const struct peer *peer, pid_t own_pid, struct ucred *cred)
{
	*cred = (struct ucred){ .pid = peer->known && peer->pid != 0 ? peer->pid : own_pid,
		.uid = peer->known ? peer->uid : OVERFLOW_UID,
		.gid = peer->known ? peer->gid : OVERFLOW_GID };
}
