/* SPDX-License-Identifier: ISC */
/* A socket from which messages are received. Determines its peer, and detects the end of the connection. */
#ifndef RECEIVE_CONNECTION_H
#define RECEIVE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/peer.h"

struct options;
struct receiver;
struct delivery;

struct connection {
	int fd;
	bool ours;   /* the socket is closed by connection_close() */
	bool shared; /* a child also uses the socket, so it must not be shut down */
	uint64_t number;
	int domain, type;
	bool reset; /* a seqpacket socket has returned ECONNRESET, but may still have messages in its queue */
	int error;  /* a datagram socket has returned this error, but may still have datagrams in its queue; 0: none */
	bool refused; /* connection_open() failed because of --allow-uid or --allow-gid */
	struct peer peer;
	struct ucred peer_cred;	   /* the peer's credentials for struct message, if known */
	struct delivery *delivery; /* receives descriptors and data; owned by the caller */
};

#define CONNECTION_NONE \
	{ \
		.fd = -1, .peer = PEER_UNKNOWN \
	}

/*
 * Initializes CONNECTION for the socket FD. Determines its type and its peer, and checks whether the peer is allowed.
 * If OURS is true, takes ownership of FD, and closes it on failure. Received descriptors and data go to DELIVERY.
 * Returns 0, or -1 with *FAIL.
 */
int connection_open(struct connection *connection, struct receiver *receiver, int fd, bool ours, uint64_t number,
    struct delivery *delivery, struct fail *fail);

/*
 * Accepts connections on EP until the peer of one is allowed. Closes the other connections with a warning. PREPARE, if
 * not NULL, is called first for each connection. Returns 0, or -1 with *FAIL, whose err is ETIMEDOUT at the receiver's
 * deadline.
 */
int connection_accept(struct connection *connection, struct receiver *receiver, const struct endpoint *ep,
    struct delivery *delivery, int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail);

/* Shuts down the sending direction if --half-close requests this. Returns 0, or -1 with *FAIL. */
int connection_half_close(const struct connection *connection, const struct options *options, struct fail *fail);

/* Closes the socket. Does not block on lingering sockets or other descriptors in its queue. */
void connection_close(struct connection *connection);

/* Receives into MSG and the receiver's buffers, like fdpass_recvmsg_into(). */
ssize_t connection_receive(
    struct connection *connection, const struct receiver *receiver, int flags, const struct fdpass_wait *until);

/* Returns true if a result of 0 bytes means the end of the connection instead of an empty message. */
bool connection_is_end(struct connection *connection, const struct receiver *receiver);

#endif
