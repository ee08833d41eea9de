/* SPDX-License-Identifier: ISC */
/* A connection between a client and a server: their two sockets, and a flow from each socket to the other socket. */
#ifndef RELAY_CONN_H
#define RELAY_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/link.h"

struct loop;
struct pending; /* A message that could not be forwarded completely yet, see forward.c. */

/* A descriptor in the epoll set. This is the first member of the structure that owns the descriptor. */
struct watch {
	int fd;
	uint32_t interest; /* the events to wait for; 0: this watch is not in the epoll set */
	void (*ready)(struct loop *, struct watch *, uint32_t events);
};

/*
 * The state of a flow: the event that the relay waits for before it forwards the next message from one socket to the
 * other.
 *
 *                    the receiver has no room
 *              .---------------------------------> BLOCKED
 *              |                                      |
 *           READING <---------------------------------+
 *            |  |      the receiver is writable       |
 *            |  |                                     |
 *            |  |   no descriptors or no memory       |
 *            |  '---------------------------------> PAUSED
 *            |            after PAUSE                 |
 *            |<---------------------------------------'
 *            |
 *            '--> ENDED, from every state: end of file, or the receiver has closed its socket
 */
enum flow_state {
	FLOW_READING, /* waits for data from the sender */
	FLOW_BLOCKED, /* waits until the receiver's socket is writable */
	FLOW_PAUSED,  /* waits for a short time (PAUSE), because the system lacks resources */
	FLOW_ENDED    /* forwards no more messages: end of file was read, or the receiver has closed its socket */
};

/*
 * The expected result of the next read from a stream. The relay expects the same result as that of the last read. If
 * the expectation is wrong, one or two additional system calls are necessary.
 */
enum stream_guess {
	GUESS_LITTLE, /* fewer than READ_SMALL bytes */
	GUESS_BULK,   /* at least READ_SMALL bytes, without descriptors */
	GUESS_RIGHTS  /* descriptors that were sent with the next byte */
};

/* One socket of a connection, and the flow from this socket to the connection's other socket. */
struct half {
	struct watch watch;
	struct conn *conn;
	struct pending *pending; /* messages of this flow that the receiver's socket has not accepted yet */
	uint8_t state;		 /* enum flow_state */
	uint8_t guess;		 /* enum stream_guess */
	uint8_t index;
	bool drained; /* the relay has read end of file, so the receive queue is empty */
	bool urgent;  /* an urgent byte is in the receive queue */
	bool hung_up; /* the peer has shut down its sending direction; messages can still be queued */
	uint8_t next; /* error to handle after the pending messages have been sent: READ_LOST or READ_REFUSED */
	bool foreign; /* not an AF_UNIX socket, so the socket supports neither descriptors nor credentials */
};

struct conn {
	struct half half[2]; /* the sockets of the client and of the server */
	struct link all;     /* in loop.conns */
	struct link waiting; /* in loop.connecting or loop.paused */
	uint64_t number;
	int64_t retry_at;    /* if the connection is in loop.paused: time at which its paused flows are resumed */
	int64_t give_up;     /* time at which the client stops waiting for a server */
	uint8_t last_sender; /* index in HALF of the socket that received the latest message */
	bool eager;	     /* two messages in succession came from one socket, so it is read again before waiting */
};

/* --- functions of conn.c */

/*
 * Creates a connection for the socket CLIENT, which waits until it can be connected to the server. Takes ownership of
 * CLIENT. Returns 0, or -1 if there is not enough memory.
 */
int conn_open(struct loop *l, int client);
void conn_close(struct loop *l, struct conn *conn);

/* Connects the waiting clients to the server, in order of arrival, until a client must continue to wait. */
void conns_connect(struct loop *l);

/* Closes the connections of clients that wait for the server. Returns the number of closed connections. */
uint64_t conns_close_connecting(struct loop *l);

static inline bool
conn_is_open(const struct conn *conn)
{
	return conn->half[0].watch.fd != -1;
}

static inline bool
conn_is_connecting(const struct conn *conn)
{
	return conn->half[1].watch.fd == -1;
}

static inline struct half *
half_other(const struct half *half)
{
	return &half->conn->half[!half->index];
}

/* --- functions of flow.c */

/* Handles the events of one socket of a connection. */
void half_ready(struct loop *l, struct watch *watch, uint32_t events);

/* Updates the epoll events of both sockets. If epoll_ctl(2) fails, closes the connection. */
void conn_settle(struct loop *l, struct conn *conn);

/* Resumes the paused flows of CONN. */
void conn_resume(struct loop *l, struct conn *conn);

#endif
