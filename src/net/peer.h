/* SPDX-License-Identifier: ISC */
/*
 * The identity of a peer: process, user and group, as the kernel reports them. Only peer.c reads SO_PEERCRED and
 * SCM_CREDENTIALS. All other files use struct peer, which can represent an unknown peer.
 *
 * For a process in another pid namespace, the kernel reports pid 0. For an ID that is not mapped in the user namespace,
 * the kernel reports the overflow ID 65534. For data that was queued before SO_PASSCRED was set, the kernel reports pid
 * 0 with both overflow IDs (see unix(7)). For a sender outside both namespaces, the kernel reports the same three
 * values, so a sender with these values is treated as unknown. At the end of a stream, the kernel reports pid 0, uid 0
 * and gid 0, although the end of file has no sender.
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
	bool known; /* uid and gid are known; if false, pid is 0, and uid and gid are -1 */
	pid_t pid;  /* 0: the peer process is not visible in this pid namespace */
	uid_t uid;
	gid_t gid;
};

#define PEER_UNKNOWN \
	{ \
		.known = false, .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 \
	}

/*
 * Determines the peer of the AF_UNIX socket FD: the process that called connect(2) or listen(2) for the socket to which
 * FD is connected, with the effective IDs that this process had at that time (SO_PEERCRED). For other address families
 * and for unconnected sockets, the peer is unknown. Preserves errno.
 */
void peer_of_socket(int fd, struct peer *peer);

/*
 * If ITEM is a complete SCM_CREDENTIALS message, stores the sender's pid and real IDs in *PEER and returns true.
 * Otherwise returns false. Must not be called for the credentials that are received with the end of file.
 */
bool peer_of_item(const struct fdpass_cmsg *item, struct peer *peer);

/*
 * Stores the sender of MSG in *PEER. The sender is unknown if MSG contains no SCM_CREDENTIALS. Must not be called at
 * end of file.
 */
void peer_of_message(const struct fdpass_msg *msg, struct peer *peer);

/*
 * Fills *CRED with credentials that identify PEER as the sender of a message. If the pid of PEER is not visible, the
 * pid is OWN_PID. If PEER is unknown, the IDs are the overflow IDs. Never returns credentials that have more privileges
 * than PEER.
 */
void peer_to_ucred(const struct peer *peer, pid_t own_pid, struct ucred *cred);

#endif
