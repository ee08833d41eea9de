/* SPDX-License-Identifier: ISC */
/*
 * Receiving messages from a connection: judged, shown, their data put where it belongs, their descriptors gathered until
 * there are as many as are wanted. Used by recv and by send --reply.
 */
#ifndef RECEIVE_RECEIVER_H
#define RECEIVE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "inspect/message.h"
#include "cli/options.h"
#include "receive/delivery.h"
#include "receive/dump.h"
#include "receive/guard.h"

struct connection {
	int fd;
	bool ours; /* to be closed */
	uint64_t number;
	int domain, type;
	bool reset; /* a seqpacket socket said that the sender broke off; what it sent before is still there */
	bool peer_known;
	struct ucred peer;
	struct delivery *delivery; /* its own, or one that several share */
	struct delivery own;
};

struct receiver {
	const struct options *options;
	struct guard guard;
	struct sink_target target;
	struct dump_output *dump; /* NULL: nothing is shown */
	struct fdpass_msg *msg;
	struct message_fds *fds; /* facts of its descriptors; NULL: nobody needs them */
	struct iovec *buffers;
	size_t buffer_count;
	char *memory;
	int domain, type; /* of its sockets, where that is known already, else 0 */
	bool gathers;	  /* a command wants the descriptors */
	bool blind;	  /* only the data counts */
	uint64_t fds_min, fds_max;
	uint64_t messages_left; /* UNLIMITED */
	uint64_t messages;
	int64_t deadline;
	bool lost; /* descriptors were lost that nobody asked to lose */
};

enum recv_result {
	RECV_MESSAGE, /* a message, and there is no end of it */
	RECV_DONE,    /* a message, and with it what was wanted */
	RECV_END,     /* end of file, or --messages */
	RECV_AGAIN,   /* nothing is there (only if it was not to wait) */
	RECV_TIMEOUT,
	RECV_ERROR /* *FAIL says why */
};

/*
 * Prepares to receive as OPTIONS say, the data going to DEST (NULL: nothing was said). GATHERS: a command wants what
 * comes. Returns 0, or -1 with *FAIL.
 */
int receiver_init(
    struct receiver *receiver, const struct options *options, const char *dest, bool gathers, struct fail *fail);
void receiver_done(struct receiver *receiver);

/* Whether what the options say makes sense with a socket of this TYPE. Returns 0, or -1 with *FAIL. */
int receiver_check(const struct receiver *receiver, int type, struct fail *fail);

/*
 * Makes CONNECTION of the socket FD: finds out what it is and who is there, judges that. Takes FD over if OURS. What it
 * brings goes into SHARED, or, if that is NULL, into a delivery of its own.
 */
int connection_open(struct connection *connection, struct receiver *receiver, int fd, bool ours, uint64_t number,
    struct delivery *shared, struct fail *fail);

/* How many bytes of data the buffers take. */
size_t receiver_room(const struct receiver *receiver);

/* Who is at the other end of the AF_UNIX socket FD. False if nobody knows. */
bool receiver_ask_peer(int fd, struct ucred *peer);

/* Closes it and its own delivery. */
void connection_close(struct connection *connection);

/* Receives one message. With WAIT false it does not wait for one. */
enum recv_result receiver_receive(
    struct receiver *receiver, struct connection *connection, bool wait, struct fail *fail);

/* Receives until RECV_DONE or something else than a message. */
enum recv_result receiver_drain(struct receiver *receiver, struct connection *connection, struct fail *fail);

/* Writes what is shown so far. Returns 0, or -1 with *FAIL. */
int receiver_flush(struct receiver *receiver, struct fail *fail);

/* The same, before waiting for long: nothing is left about that a wait would leave hanging about. */
int receiver_idle(struct receiver *receiver, struct fail *fail);

#endif
