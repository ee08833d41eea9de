/* SPDX-License-Identifier: ISC */
/* A socket from which messages are received: its peer, and the detection of its end. */
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

struct receiver;
struct delivery;

struct connection {
	int fd;
	bool ours;   /* the socket is closed with the connection */
	bool shared; /* a child uses the socket, too, so it must not be shut down */
	uint64_t number;
	int domain, type;
	bool reset;   /* a seqpacket socket reported that the sender closed early; earlier messages are still queued */
	bool refused; /* connection_open() failed because of --allow-uid or --allow-gid */
	struct peer peer;
	struct ucred peer_cred;	   /* the peer's credentials for struct message, if known */
	struct delivery *delivery; /* the receiver of its messages; owned by the caller */
};

#define CONNECTION_NONE \
	{ \
		.fd = -1, .peer = PEER_UNKNOWN \
	}

/*
 * Initializes CONNECTION from the socket FD: finds its type and its peer, and checks whether that peer is allowed.
 * Takes over FD if OURS. Received descriptors and data go to DELIVERY. Returns 0, or -1 with *FAIL, FD closed if OURS.
 */
int connection_open(struct connection *connection, struct receiver *receiver, int fd, bool ours, uint64_t number,
    struct delivery *delivery, struct fail *fail);

/*
 * Accepts connections on EP until one is from an allowed peer. The others are disconnected with a warning. PREPARE, if
 * not NULL, is called on each before anything else. Returns 0, or -1 with *FAIL, whose err is ETIMEDOUT at the
 * receiver's deadline.
 */
int connection_accept(struct connection *connection, struct receiver *receiver, const struct endpoint *ep,
    struct delivery *delivery, int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail);

/* Closes the socket without blocking on anything that is queued in it. */
void connection_close(struct connection *connection);

/* Receives into MSG and the receiver's buffers, like fdpass_recvmsg_into(). */
ssize_t connection_receive(
    struct connection *connection, const struct receiver *receiver, int flags, const struct fdpass_wait *until);

/* Returns true if a result of 0 bytes was the end of the connection, not an empty message. */
bool connection_is_end(struct connection *connection, const struct receiver *receiver);

#endif
