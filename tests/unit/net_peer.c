/* SPDX-License-Identifier: ISC */
/* Tests of determining the credentials of a peer, and of converting a peer to credentials that can be sent. */
#include <sys/socket.h>
#include <unistd.h>

#include "net/peer.h"
#include "sockets.h"
#include "tap.h"

static struct fdpass_cmsg
item_of(const struct ucred *cred, size_t length)
{
	return (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = cred, .length = length };
}

static void
is_unknown(const struct peer *peer, const char *what)
{
	ok(!peer->known && peer->pid == 0 && peer->uid == (uid_t)-1 && peer->gid == (gid_t)-1, "%s is unknown", what);
}

static void
test_socket(void)
{
	struct peer peer;
	int pair[2], alone = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	pair_open(SOCK_STREAM, pair);
	peer_of_socket(pair[0], &peer);
	ok(peer.known && peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid(),
	    "the peer of a socket pair is this process");
	peer_of_socket(alone, &peer);
	is_unknown(&peer, "the peer of a socket that is not connected");
	errno = ENOSYS;
	peer_of_socket(STDIN_FILENO, &peer);
	is_unknown(&peer, "the peer of a descriptor that is not an AF_UNIX socket");
	is_int(errno, ENOSYS, "peer_of_socket() preserves errno");
	pair_close(pair);
	close(alone);
}

static void
test_item(void)
{
	struct ucred hidden = { 0, 1000, 1000 }, early = { 0, OVERFLOW_UID, OVERFLOW_GID }, none = { 0, (uid_t)-1, 0 };
	struct ucred nobody = { 7, OVERFLOW_UID, OVERFLOW_GID };
	struct fdpass_cmsg item = item_of(&hidden, sizeof(hidden));
	struct peer peer;

	ok(peer_of_item(&item, &peer) && peer.known && peer.pid == 0 && peer.uid == 1000 && peer.gid == 1000,
	    "credentials without a process ID, as from another PID namespace, have known user and group IDs");
	item = item_of(&early, sizeof(early));
	ok(peer_of_item(&item, &peer),
	    "credentials of a message that was queued before SO_PASSCRED was set are accepted");
	is_unknown(&peer, "the sender of a message that was queued before SO_PASSCRED was set");
	item = item_of(&nobody, sizeof(nobody));
	ok(peer_of_item(&item, &peer) && peer.known && peer.uid == OVERFLOW_UID,
	    "credentials with a process ID and the overflow user ID are known");
	item = item_of(&none, sizeof(none));
	ok(peer_of_item(&item, &peer), "credentials without a user ID are accepted");
	is_unknown(&peer, "the sender without a user ID");
	item = item_of(&hidden, sizeof(hidden) - 1);
	ok(!peer_of_item(&item, &peer), "truncated credentials are refused");
	item = item_of(&hidden, sizeof(hidden));
	item.type = SCM_RIGHTS;
	ok(!peer_of_item(&item, &peer), "a control message other than SCM_CREDENTIALS is refused");
}

static void
test_message(void)
{
	struct fdpass_msg *msg = fdpass_msg_new(4096);
	char byte;
	struct iovec iov = { &byte, 1 };
	struct peer peer;
	int pair[2];

	pair_open(SOCK_SEQPACKET, pair);
	must(msg != NULL && send(pair[1], "a", 1, 0) == 1, "send");
	option_on(pair[0], SO_PASSCRED);
	must(fdpass_recvmsg_into(pair[0], msg, &iov, 1, 0, NULL) == 1, "receive");
	peer_of_message(msg, &peer);
	is_unknown(&peer, "the sender of a message that was queued before SO_PASSCRED was set");
	must(send(pair[1], "a", 1, 0) == 1, "send");
	must(fdpass_recvmsg_into(pair[0], msg, &iov, 1, 0, NULL) == 1, "receive");
	peer_of_message(msg, &peer);
	ok(peer.known && peer.pid == getpid() && peer.uid == getuid(), "the sender of a message is known");
	fdpass_msg_free(msg);
	pair_close(pair);
}

static void
test_to_ucred(void)
{
	struct peer unknown = PEER_UNKNOWN, hidden = { true, 0, 1000, 1001 }, plain = { true, 7, 0, 0 };
	struct ucred cred;

	peer_to_ucred(&unknown, 42, &cred);
	ok(cred.pid == 42 && cred.uid == OVERFLOW_UID && cred.gid == OVERFLOW_GID,
	    "an unknown peer is converted to the overflow IDs");
	peer_to_ucred(&hidden, 42, &cred);
	ok(cred.pid == 42 && cred.uid == 1000 && cred.gid == 1001,
	    "a peer without a visible process keeps its user and group IDs");
	peer_to_ucred(&plain, 42, &cred);
	ok(cred.pid == 7 && cred.uid == 0 && cred.gid == 0, "a peer with a visible process keeps its process ID");
}

int
main(void)
{
	test_socket();
	test_item();
	test_message();
	test_to_ucred();
	return tap_done();
}
