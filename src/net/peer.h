/* SPDX-License-Identifier: ISC */
/*
 * The identity of a peer: process, user and group, as the kernel reports them. This is the only place that reads
 * SO_PEERCRED and SCM_CREDENTIALS, and struct peer is the only representation of "unknown".
 *
 * The kernel reports a process of another pid namespace as pid 0, and an id that the user namespace does not map as the
 * overflow id, 65534. It reports pid 0 with both overflow ids for data that was queued before SO_PASSCRED was set (see
 * unix(7)); a sender outside both namespaces looks the same, so that combination is unknown. At the end of a stream it
 * makes up pid 0, uid 0, gid 0: the end of file has no sender.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "lib/fdpass.h"

#define OVERFLOW_UID 65534
#define OVERFLOW_GID 65534

struct peer {
	bool known; /* uid and gid are the peer's; if false, all three are 0, -1, -1 */
	pid_t pid;  /* 0: not visible in this pid namespace */
	uid_t uid;
	gid_t gid;
};

#define PEER_UNKNOWN \
	{ \
		.known = false, .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 \
	}

/*
 * The process that connected the AF_UNIX socket FD, or that called listen(2) on the other end (SO_PEERCRED: effective
 * ids at that moment). Unknown for other families and for sockets that are not connected. Keeps errno.
 */
void peer_of_socket(int fd, struct peer *peer);

/*
 * If ITEM is a whole SCM_CREDENTIALS, fills *PEER with it and returns true. The ids are the sender's real ones. Do not
 * use it for the item that comes with the end of file.
 */
bool peer_of_item(const struct fdpass_cmsg *item, struct peer *peer);

/* The sender of the message in MSG, from its SCM_CREDENTIALS; unknown if there is none. Not for the end of file. */
void peer_of_message(const struct fdpass_msg *msg, struct peer *peer);

/*
 * Fills *CRED so that a message sent with it names PEER: the sender's ids, with OWN_PID in place of a pid that is not
 * visible, and the overflow ids for an unknown peer. Never more privilege than the sender had.
 */
void peer_to_ucred(const struct peer *peer, pid_t own_pid, struct ucred *cred);

#endif
