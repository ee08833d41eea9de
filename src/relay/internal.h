/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files of this layer: the event loop and the current message. */
#ifndef RELAY_INTERNAL_H
#define RELAY_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "inspect/message.h"
#include "relay/busy_poll.h"
#include "relay/conn.h"
#include "relay/link.h"
#include "relay/relay.h"

#define CHUNK_MAX  36544 /* largest buffer (skb) of a stream socket on systems with pages of 4 KiB */
#define READ_SMALL 4096	 /* size of the first MSG_PEEK on a stream */
/* maximum number of bytes without descriptors per read; larger reads would make the sender wait for the receiver */
#define READ_BULK  (64 * 1024)
#define SNDBUF_MIN (2 * (CHUNK_MAX + 64)) /* the kernel limits a buffer (skb) to half of SO_SNDBUF */
#define PEEK_MAX   (512 * 1024) /* more than twice the size of a write with descriptors, for every page size */

struct loop;

/* A message that is forwarded. The descriptors of the message belong to loop->msg, a batch or a struct pending. */
struct relay_message {
	const char *data;
	size_t length;
	const int *fds;
	size_t fd_count;
	bool has_cred; /* cred contains the sender's credentials and must be sent with the message */
	bool urgent;   /* the message is an urgent byte (out-of-band data) */
	bool stream;   /* the message is stream data, which can be sent in parts */
	struct ucred cred;
};

/* A message that could not be forwarded completely yet. Owns its descriptors. */
struct pending;

struct batch; /* Several messages that are sent with one sendmmsg(2), see batch.c. */
struct dgram; /* Datagrams of many senders, see dgram.c. */

/* The user and group IDs that the server sees for a client. */
enum client_ids {
	/*
	 * the client's own IDs: the relay sends each message with its sender's credentials, so that the kernel does not
	 * add the relay's IDs
	 */
	CLIENT_IDS_FORWARDED,
	/*
	 * the relay's IDs, because the relay cannot change its IDs; only clients that are root or have the same IDs are
	 * permitted
	 */
	CLIENT_IDS_MUST_MATCH,
	CLIENT_IDS_REPLACED /* the relay's IDs, for any client (--own-creds) */
};

struct loop {
	const struct relay_options *options;
	struct fail *fail;
	int epoll;
	struct watch listener, signals, output;
	struct endpoint *listen_endpoint;
	struct dgram *dgram;

	/* The current message. */
	struct fdpass_msg *msg;	 /* has room for all control messages that the kernel can deliver */
	struct fdpass_msg *peek; /* used to receive with MSG_PEEK; has no room for descriptors */
	char *buffer;		 /* buffer_size bytes, followed by an inaccessible page */
	size_t buffer_size;
	/*
	 * position at which the next message is stored: the beginning of the buffer or, in a batch, the end of the
	 * previous message
	 */
	char *at;
	struct batch *batch;
	int fds[FDPASS_MAX_FDS];
	struct timespec time;
	uint32_t memory_major, memory_minor; /* device number of the file system that contains memfds */
	bool memory_known;
	bool full;	 /* receive all control messages, because messages are shown (--dump-cmsg) */
	bool with_creds; /* SO_PASSCRED is set on all sockets */
	enum client_ids client_ids;
	uid_t own_uid;
	gid_t own_gid;
	bool own_ids_ambiguous; /* the kernel may report other users with the relay's IDs, too (see inspect/idmap.h) */
	pid_t own_pid;
	bool wide_peek;	       /* a peek needs room for descriptors, because a requested control message follows */
	bool peek_reports_all; /* a MSG_PEEK of one byte reports descriptors anywhere in the queue */
	bool faults; /* a MSG_PEEK that reaches an inaccessible page returns the length of all complete writes */

	struct link conns;	/* all open connections */
	struct link connecting; /* connections whose client waits for the server, in order of arrival */
	struct link paused;	/* connections with a flow in FLOW_PAUSED */
	struct link dead;	/* closed connections, which are freed after the current events were handled */
	int64_t connect_at;	/* time of the next attempt to connect the first client in CONNECTING to the server */
	uint64_t open, accepted, messages;
	uint64_t connections; /* stop after this number of connections; 0: unlimited */
	int64_t admit_at;     /* if crowded is set: time of the next attempt to accept a client */
	uint64_t descriptors; /* approximate number of open descriptors, excluding those in pending messages */
	uint64_t limit;	      /* RLIMIT_NOFILE */
	uint64_t pending;     /* number of descriptors in pending messages */
	int sndbuf;	      /* default SO_SNDBUF of new sockets */
	uint64_t failures;
	int stops; /* number of received termination signals */
	bool listening, failed, crowded;
	struct busy_poll busy_poll;
	bool warned; /* a warning was printed, and warned() has not been called since that warning */
	bool warned_crowded, warned_rights;
};

/* --- functions of loop.c */

/*
 * Changes the events of WATCH in the epoll set; EVENTS 0 removes WATCH from the set. Returns false with errno on
 * failure, for example if the user's limit on epoll watches is reached.
 */
bool watch_set(struct loop *l, struct watch *watch, uint32_t events);

/* Prints a one-line warning. If CONNECTION is not 0, the warning begins with this connection number. */
void loop_warn(struct loop *l, uint64_t connection, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Returns true if enough descriptor numbers are free for the descriptors of any message. */
bool loop_has_room(const struct loop *l);

/*
 * Receives a message on FD without blocking, and stores its data in BUFFER. If BUFFER is NULL, receives no data. MSG
 * must have room for all descriptors, unless FLAGS contains MSG_PEEK.
 */
ssize_t loop_receive(const struct loop *l, int fd, struct fdpass_msg *msg, const struct iovec *buffer, int flags);

/* Returns the milliseconds until the next timer expires, or -1 if no timer is set. */
int loop_timeout(const struct loop *l);

/* --- functions of buffer.c */

/*
 * Replaces the message buffer by a new buffer of SIZE bytes. Returns 0, or -1 with errno. On failure, the old buffer is
 * kept.
 */
int loop_buffer_new(struct loop *l, size_t size);
void loop_buffer_free(struct loop *l);

/* Enlarges the message buffer to at least SIZE bytes and discards its contents. Returns 0, or -1 with errno. */
int loop_grow(struct loop *l, size_t size);

/* --- functions of signals.c */

/*
 * Blocks the signals that stop the relay, and adds a signalfd for them to the epoll set. Sets BEFORE to the previous
 * signal mask. Returns 0, or -1 with *FAIL.
 */
int loop_signals_open(struct loop *l, sigset_t *before, struct fail *fail);

/*
 * Restores the signal mask BEFORE. Discards pending signals first, because after the restore they would terminate this
 * process before it has printed why it stops.
 */
void loop_signals_close(struct loop *l, const sigset_t *before);

/* Closes all connections. */
void conns_close(struct loop *l);

/* --- functions of listener.c */

/*
 * Opens the first ADDRESS. If the socket is listening, starts accepting clients; if it is a datagram socket, starts
 * forwarding datagrams; if it is connected, opens the only connection.
 */
int listener_open(struct loop *l, struct fail *fail);

/* Enables or disables accepting clients, depending on the number of open connections and descriptors. */
void listener_admit(struct loop *l);

/* Stops accepting clients permanently. */
void listener_close(struct loop *l);

/* --- functions of server_type.c */

/*
 * Returns the type of the server's socket at ADDR. Returns 0 if the type cannot be determined without connecting to the
 * server.
 */
int server_type_find(const struct addr *addr);

/*
 * Called after connecting to ADDR with the socket type TYPE has failed with EPROTOTYPE. Returns the probable type of
 * the server's socket.
 */
int server_type_other(const struct addr *addr, int type);

/* --- functions of stream.c and packet.c, which read the next message from a socket */

enum read_result {
	READ_MESSAGE, /* *MESSAGE was filled */
	READ_NOTHING, /* no message is queued */
	READ_END,     /* end of file */
	READ_RESET,   /* the connection has failed; errno is the reason */
	READ_BLOCKED, /* the send queue to the receiver is full */
	READ_LATER,   /* too few descriptor numbers are free for the descriptors of the message */
	READ_REFUSED, /* the message must not be forwarded, because it would arrive with the relay's credentials */
	READ_LOST     /* the message must not be forwarded, because some of its descriptors were lost on receipt */
};

enum read_result stream_read(struct loop *l, struct half *from, struct relay_message *message);

/*
 * If descriptors were sent with the next byte of the stream, reads the next message with fewer system calls than
 * stream_read() and returns true. If the next byte has no descriptors, reads nothing and returns false.
 */
bool stream_read_rights_first(
    struct loop *l, struct half *from, struct relay_message *message, enum read_result *result);
enum read_result packet_read_half(struct loop *l, struct half *from, struct relay_message *message);

/* Reads the next message from a datagram or seqpacket socket. */
enum read_result packet_read(struct loop *l, int fd, struct relay_message *message);

/* Determines what MSG_PEEK reports for streams on the running kernel. Returns 0, or -1 with *FAIL. */
int stream_learn(struct loop *l, struct fail *fail);

/*
 * If credentials are forwarded, stores SENDER's credentials in MESSAGE and returns READ_MESSAGE. If credentials are not
 * forwarded, MESSAGE arrives with the relay's credentials, so returns READ_REFUSED if they have more privileges than
 * SENDER's. If SENDER is unknown, uses the credentials of FD's peer.
 */
enum read_result message_set_sender(
    const struct loop *l, int fd, struct relay_message *message, const struct peer *sender);

/*
 * Copies the descriptor numbers and credentials of loop->msg to MESSAGE. Returns READ_MESSAGE, READ_LOST if descriptors
 * were lost on receipt, or READ_REFUSED.
 */
enum read_result message_adopt(struct loop *l, int fd, struct relay_message *message);

/* --- functions of forward.c */

enum forward_result {
	FORWARD_DONE,
	FORWARD_BLOCKED, /* the send queue to the receiver is full */
	FORWARD_LATER,	 /* the system lacks resources: too many descriptors in flight, or no memory */
	FORWARD_GONE,	 /* the receiver has closed its socket */
	FORWARD_REFUSED	 /* the message can never be forwarded; a warning was printed */
};

/*
 * Sends as much of MESSAGE on FD as possible without blocking, and removes the sent part from MESSAGE. If ADDRESS is
 * NULL, FD is connected and MESSAGE goes to its peer; otherwise, sends MESSAGE to ADDRESS.
 */
enum forward_result message_forward(struct loop *l, int fd, struct relay_message *message, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/*
 * Copies the remaining part of MESSAGE to a new pending message, which takes ownership of the descriptors. If there is
 * not enough memory, returns NULL, and MESSAGE keeps the descriptors.
 */
struct pending *pending_new(struct loop *l, const struct relay_message *message);
enum forward_result pending_forward(struct loop *l, struct pending *pending, int fd, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/*
 * pending_next() returns the address of the pointer to the next pending message. pending_end() frees the first pending
 * message and returns the next one. pending_free() frees all pending messages.
 */
struct pending **pending_next(struct pending *pending);
struct pending *pending_end(struct loop *l, struct pending *pending);
void pending_free(struct loop *l, struct pending *pending);

/* --- functions of batch.c */

int batch_new(struct loop *l);
void batch_free(struct loop *l);

/* Returns true if several messages with descriptors are probably queued and can be sent as a batch. */
bool batch_suits(const struct loop *l, const struct half *from);

/*
 * Reads queued messages into the batch. Returns READ_MESSAGE if more messages may be queued. Otherwise, returns the
 * result of the last read, and sets errno.
 */
enum read_result batch_read(struct loop *l, struct half *from);
size_t batch_count(const struct loop *l);

/*
 * Forwards the messages of the batch. Messages that the receiver's socket does not accept now become pending messages.
 */
enum forward_result batch_forward(struct loop *l, struct half *from);

/* --- functions of close.c, which preserve errno */

/* Determines the device number of the file system that contains memfds. */
void close_learn(struct loop *l);

/*
 * Closes the remaining descriptors of the current message and clears the message. FORWARDED means that the receiver has
 * copies of the descriptors.
 */
void close_message(struct loop *l, bool forwarded);

/* Closes descriptors that were forwarded. Another process has copies of these descriptors. */
void close_copies(const struct loop *l, const int *fds, size_t count);

/*
 * Closes descriptors that were received and not forwarded. Possibly no other process has copies of these descriptors.
 */
void close_received(const int *fds, size_t count);

/*
 * Closes a socket of a connection or of a datagram sender. DRAINED means that FD is an AF_UNIX socket with an empty
 * receive queue.
 */
void close_socket(int fd, bool drained);

/* --- functions of cred.c */

/* Returns true if the kernel permits this process to send credentials with the IDs of other users. */
bool creds_carried(void);

/* Returns true if the relay's credentials have no more privileges than PEER's: the IDs are equal, or PEER is root. */
bool creds_cover(const struct loop *l, const struct peer *peer);

/*
 * Called if the kernel has refused the credentials of MESSAGE, because the sender has exited or because an ID is not
 * mapped in this namespace. After the first failure, replaces the sender's process ID by the relay's; after the second
 * failure, also replaces the user and group IDs by the overflow IDs. A message is never sent without credentials,
 * because the kernel would add the relay's. Returns false if no further replacement is possible.
 */
bool creds_reduce(const struct loop *l, struct relay_message *message);

#define GROUPS_MAX 256

/* The relay's own credentials, saved while the process uses the credentials of a client. */
struct identity {
	bool changed;
	uid_t uid;
	gid_t gid;
	int group_count;
	gid_t groups[GROUPS_MAX];
};

/*
 * identity_assume() changes the user and group IDs of this process to those of CLIENT's peer, and identity_resume()
 * restores the relay's IDs. Used only if credentials are forwarded. If the relay calls connect(2) between the two
 * calls, the server sees the client's credentials (SO_PEERCRED, SO_PEERGROUPS) with the relay's process ID.
 * identity_assume() and identity_resume() return -1 with errno on failure. If identity_assume() fails, the caller must
 * not connect, because the server would see the relay's credentials.
 */
int identity_assume(struct identity *own, int client);
int identity_resume(const struct identity *own);

/*
 * Sets the options that FD must have before the first message. GIVEN means that FD was inherited, so the other options
 * of FD are reset.
 */
void socket_prepare(struct loop *l, int fd, bool given);

/* --- functions of trace.c */

/* Counts a message for --verbose. */
static inline void
message_count(const struct loop *l, size_t descriptors, size_t bytes)
{
	if (l->options->count != NULL)
		l->options->count(descriptors, bytes);
}

/*
 * Shows the current message: NBYTES of DATA, and the control messages of loop->msg. FD is the socket on which the
 * message was received.
 */
void trace_message(struct loop *l, int fd, enum message_direction direction, uint64_t connection, const char *data,
    size_t nbytes, bool end_of_file);

/* --- functions of dgram.c */

/* Starts forwarding the datagrams that arrive on the socket at the first ADDRESS. Returns 0, or -1 with *FAIL. */
int dgram_start(struct loop *l, struct fail *fail);
void dgram_retry(struct loop *l);
int64_t dgram_next(const struct loop *l);

/* Prints a warning if datagrams are pending, because pending datagrams are lost when the relay stops. */
void dgram_warn_lost(struct loop *l);
void dgram_stop(struct loop *l);

#endif
