/* SPDX-License-Identifier: ISC */
/*
 * A connection is a socket from which messages are received. The functions in this file determine the peer of the
 * socket, and detect the end of the connection.
 */
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
	bool ours;   /* connection_close() must close the socket */
	bool shared; /* a child also uses the socket, so the socket must not be shut down */
	uint64_t number;
	int domain, type;
	bool reset;   /* ECONNRESET was returned for the seqpacket socket, but its queue may still contain messages */
	int error;    /* pending error that was returned before the queued datagrams; 0: none */
	bool refused; /* connection_open() has refused the peer (--allow-uid, --allow-gid) */
	struct peer peer;
	struct ucred peer_cred;	   /* the peer's credentials for struct message; valid if the peer is known */
	struct delivery *delivery; /* collects the received descriptors and data for a command; owned by the caller */
};

#define CONNECTION_NONE \
	{ \
		.fd = -1, .peer = PEER_UNKNOWN \
	}

/*
 * Initializes CONNECTION for the socket FD. Determines the type and the peer of FD, and checks whether the peer is
 * allowed. If OURS is true, takes ownership of FD, and closes it on failure. DELIVERY collects the received descriptors
 * and data for a command. Returns 0, or -1 with *FAIL.
 */
int connection_open(struct connection *connection, struct receiver *receiver, int fd, bool ours, uint64_t number,
    struct delivery *delivery, struct fail *fail);

/*
 * Accepts connections on EP until the peer of a connection is allowed. Closes connections from other peers and prints a
 * warning. First calls PREPARE for each accepted connection, unless PREPARE is NULL. Returns 0, or -1 with *FAIL;
 * fail->err is ETIMEDOUT at the receiver's deadline.
 */
int connection_accept(struct connection *connection, struct receiver *receiver, const struct endpoint *ep,
    struct delivery *delivery, int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail);

/* If --half-close is set, shuts down the sending direction of the socket. Returns 0, or -1 with *FAIL. */
int connection_half_close(const struct connection *connection, const struct options *options, struct fail *fail);

/*
 * Closes the socket of CONNECTION. Does not block, even if the queue of the socket contains lingering sockets or other
 * descriptors whose close may block.
 */
void connection_close(struct connection *connection);

/* Receives a message into the receiver's message object and buffers, like fdpass_recvmsg_into(). */
ssize_t connection_receive(
    struct connection *connection, const struct receiver *receiver, int flags, const struct fdpass_wait *until);

/*
 * Called after connection_receive() has returned 0. Returns true if the result 0 means the end of the connection, or
 * false if it means an empty message.
 */
bool connection_is_end(struct connection *connection, const struct receiver *receiver);

#endif
