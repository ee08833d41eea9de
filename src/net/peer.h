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
	bool known; /* uid and gid are known; if false, the members are 0, -1, -1 */
	pid_t pid;  /* 0: not visible in this pid namespace */
	uid_t uid;
	gid_t gid;
};

#define PEER_UNKNOWN \
	{ \
		.known = false, .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 \
	}

/*
 * Returns the process that connected the AF_UNIX socket FD, or that called listen(2) at the other end (SO_PEERCRED: its
 * effective IDs at that moment). Unknown for other families and for sockets that are not connected. Keeps errno.
 */
void peer_of_socket(int fd, struct peer *peer);

/*
 * If ITEM is a complete SCM_CREDENTIALS, fills *PEER with the sender's real IDs and returns true. Must not be called
 * for the item that comes with the end of file.
 */
bool peer_of_item(const struct fdpass_cmsg *item, struct peer *peer);

/* Returns the sender of MSG, from its SCM_CREDENTIALS; unknown if there is none. Must not be called at end of file. */
void peer_of_message(const struct fdpass_msg *msg, struct peer *peer);

/*
 * Fills *CRED so that a message sent with it names PEER: the sender's IDs, with OWN_PID in place of a pid that is not
 * visible, and the overflow IDs for an unknown peer. Never grants more privilege than the sender had.
 */
void peer_to_ucred(const struct peer *peer, pid_t own_pid, struct ucred *cred);

#endif
