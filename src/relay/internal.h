/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files of this layer: the event loop, a connection, and the current message. */
#ifndef RELAY_INTERNAL_H
#define RELAY_INTERNAL_H

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
#include "relay/relay.h"

#define CHUNK_MAX  36544       /* largest buffer (skb) of a stream socket where pages have 4 KiB */
#define READ_SMALL 4096	       /* size of the first MSG_PEEK on a stream */
#define READ_BULK  (64 * 1024) /* plain data forwarded by one call; with more, the sender waits for the receiver */
#define SNDBUF_MIN (2 * (CHUNK_MAX + 64)) /* the kernel limits a buffer to half of SO_SNDBUF */
#define PEEK_MAX   (512 * 1024) /* more than twice the data that can belong to one descriptor, for every page size */

struct loop;

/* A descriptor in the epoll set. The first member of the structure that it belongs to. */
struct watch {
	int fd;
	uint32_t interest; /* 0: not in the set */
	void (*ready)(struct loop *, struct watch *, uint32_t events);
};

/* A circular doubly linked list: its head, or a member. */
struct link {
	struct link *prev, *next;
};

/* The current message. Its descriptors belong to loop->msg or to a struct pending. */
struct relay_message {
	const char *data;
	size_t length;
	const int *fds;
	size_t fd_count;
	bool has_cred; /* cred names the sender, and is sent with the message */
	bool urgent;   /* contains out-of-band data */
	bool stream;   /* may be sent in parts */
	struct ucred cred;
};

/* A message that could not be forwarded yet. Owns its descriptors. */
struct pending;

/*
 * The state of a flow: what the relay waits for before it forwards the next message from one socket to the other.
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
 *            '--> ENDED, from every state: end of file, or the receiver closed its socket
 */
enum flow_state {
	FLOW_READING, /* waits for input */
	FLOW_BLOCKED, /* waits until the receiver's socket is writable */
	FLOW_PAUSED,  /* waits for a short time, because the system lacks resources */
	FLOW_ENDED    /* does not wait: no more data arrives, or the receiver has closed */
};

/* The result of the last read of a stream, which the next read tries first. A wrong guess costs one or two calls. */
enum stream_guess {
	GUESS_LITTLE, /* less than READ_SMALL bytes */
	GUESS_BULK,   /* at least READ_SMALL bytes, without descriptors */
	GUESS_RIGHTS  /* descriptors that belong to the next byte */
};

/* One socket of a connection, and the flow from it to the other one. */
struct half {
	struct watch watch;
	struct conn *conn;
	struct pending *pending; /* messages of this flow that the receiver could not take yet, in order */
	uint8_t state;		 /* enum flow_state */
	uint8_t guess;		 /* enum stream_guess */
	uint8_t index;
	bool drained; /* end of file was read, so the receive queue is empty */
	bool urgent;  /* an urgent byte is queued here */
	bool hung_up; /* the peer ended its sending side; queued messages may still be read */
	uint8_t next; /* READ_LOST or READ_REFUSED: the result of the next read, after the pending messages */
	bool foreign; /* not an AF_UNIX socket: it carries no descriptors and no credentials */
};

struct conn {
	struct half half[2]; /* halves: of the client, and of the server */
	struct link all;     /* in loop.conns */
	struct link waiting; /* in loop.connecting or loop.paused */
	uint64_t number;
	int64_t retry_at;    /* while in loop.paused: time of the next attempt */
	int64_t give_up;     /* time until which the client waits for a server */
	uint8_t last_sender; /* index of the half that sent the latest message */
	bool eager;	     /* the same half sent twice in a row, so it is read again before waiting */
};

struct batch; /* several messages sent by one call, see batch.c */
struct dgram; /* datagrams of many senders, see dgram.c */

/* Measurements that decide whether to poll or to sleep until the next message, see busy_poll.c. */
struct busy_poll {
	bool active;	   /* the last wait returned events */
	bool answer_due;   /* since the last wait, a message came from the half that received the message before it */
	bool enabled;	   /* the relay polls (a setting of the user has precedence) */
	bool probing;	   /* in this round, the other method is measured */
	int64_t mean[2];   /* mean nanoseconds between messages, sleeping and polling; 0: not measured */
	int rounds;	   /* number of rounds since the last probe */
	int failed_probes; /* number of consecutive probes that were slower */
	int messages;	   /* number of messages in this round */
	int64_t sum, last;
};

/* The user and group IDs that the server sees for a client. */
enum client_ids {
	CLIENT_IDS_FORWARDED, /* its own: each message names its sender, or the kernel would add the relay's IDs */
	CLIENT_IDS_MUST_MATCH, /* the relay's, which cannot assume others: only senders with the same IDs, and root, may send */
	CLIENT_IDS_REPLACED /* the relay's, for any client: --own-creds */
};

struct loop {
	const struct relay_options *options;
	struct fail *fail;
	int epoll;
	struct watch listener, signals, output;
	struct endpoint *listen_endpoint;
	struct dgram *dgram;

	/* the current message */
	struct fdpass_msg *msg;	 /* has room for everything that the kernel can deliver */
	struct fdpass_msg *peek; /* for MSG_PEEK, without room for descriptors */
	char *buffer;		 /* buffer_size bytes, followed by an inaccessible page */
	size_t buffer_size;
	char *at; /* where the next message is stored: the buffer; in a batch, after the previous message */
	struct batch *batch;
	int fds[FDPASS_MAX_FDS];
	struct timespec time;
	uint32_t memory_major, memory_minor; /* device number of memfds */
	bool memory_known;
	bool full;	 /* every read takes the control messages: to show them, or for credentials */
	bool with_creds; /* credentials are requested */
	enum client_ids client_ids;
	uid_t own_uid;
	gid_t own_gid;
	pid_t own_pid;
	bool wide_peek; /* control messages that follow descriptors were requested, so peeks have room for both */
	bool peek_reports_all; /* a MSG_PEEK of one byte reports descriptors anywhere in the queue */
	bool faults; /* a MSG_PEEK that ends at an inaccessible page returns the length of all complete writes */

	struct link conns;	/* all open connections */
	struct link connecting; /* connections that wait for a server, in the order of arrival */
	struct link paused;	/* connections with a flow in FLOW_PAUSED */
	struct link dead;	/* closed connections, which are freed after the current events */
	int64_t connect_at;	/* time of the next attempt to connect the first of connecting */
	uint64_t open, accepted, messages;
	uint64_t connections;	     /* end after this many connections; 0: unlimited */
	int64_t admit_at;	     /* while crowded: time of the next attempt to accept */
	uint64_t descriptors, limit; /* approximate number of open descriptors, without pending ones; RLIMIT_NOFILE */
	uint64_t pending;	     /* number of descriptors in pending messages */
	int sndbuf;		     /* SO_SNDBUF of a new socket */
	uint64_t failures;
	int stops; /* number of termination signals received */
	bool listening, failed, crowded;
	struct busy_poll busy_poll;
	bool warned; /* a warning was printed, and warned() was not called since then */
	bool warned_crowded, warned_rights;
};

static inline void
link_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool
link_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline void
link_add(struct link *head, struct link *link)
{
	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

static inline void
link_remove(struct link *link)
{
	/* An item is taken from its list before it is freed. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link_init(link);
}

#define LINK_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* --- functions of loop.c */

/*
 * Changes the events of WATCH; 0 removes it from the set. Returns false with errno if there is no memory or no watch
 * left.
 */
bool watch_set(struct loop *l, struct watch *watch, uint32_t events);

/* Prints a warning of one line, about CONNECTION unless that is 0. */
void loop_warn(struct loop *l, uint64_t connection, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Grows the buffer to at least SIZE bytes and discards its contents. Returns 0, or -1 with errno. */
int loop_grow(struct loop *l, size_t size);

/* Returns true if enough numbers are free for the descriptors of any message. */
bool loop_has_room(const struct loop *l);

/*
 * Receives into BUFFER, or no data if it is NULL, without blocking. MSG must have room for all descriptors, or FLAGS
 * must contain MSG_PEEK.
 */
ssize_t loop_receive(const struct loop *l, int fd, struct fdpass_msg *msg, const struct iovec *buffer, int flags);

/* Returns the milliseconds until the next timer; -1: there is none. */
int loop_timeout(const struct loop *l);

/* --- functions of busy_poll.c */

struct epoll_event;

/* Records that a message arrived at NOW, in reply to the previous one. Decides whether to poll for the next one. */
void busy_poll_learn(struct busy_poll *busy_poll, int64_t now);

/* Does the same as epoll_wait(2), for at most ROOM events. */
int events_wait(struct loop *l, struct epoll_event *events, int room);

/* --- functions of listener.c */

/* Opens the first ADDRESS: listens, starts to serve datagrams, or opens its only connection. */
int listener_open(struct loop *l, struct fail *fail);

/* Starts or stops accepting, according to the number of open connections and descriptors. */
void listener_admit(struct loop *l);

/* Stops accepting permanently. */
void listener_close(struct loop *l);

/* --- functions of server_type.c */

/* Returns the type of the server's socket at ADDR if it can be found without disturbing the server, else 0. */
int server_type_find(const struct addr *addr);

/* After connecting to ADDR as TYPE failed with EPROTOTYPE: returns the type that the server's socket probably has. */
int server_type_other(const struct addr *addr, int type);

/* --- functions of conn.c */

/*
 * Creates a connection from CLIENT, which it takes over, to a server that is not connected yet. Returns -1 if there is
 * no memory.
 */
int conn_open(struct loop *l, int client);
void conn_close(struct loop *l, struct conn *conn);

/* Connects the clients that wait for a server, in order, until one has to continue waiting. */
void conns_connect(struct loop *l);

/* Closes the connections that wait for a server. Returns their number. */
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

/* Updates the events that both sockets wait for. Closes the connection if that fails. */
void conn_settle(struct loop *l, struct conn *conn);

/* Resumes the paused flows of CONN. */
void conn_resume(struct loop *l, struct conn *conn);

/* --- functions of stream.c and packet.c: reading the next message of a socket */

enum read_result {
	READ_MESSAGE, /* *MESSAGE is filled */
	READ_NOTHING, /* nothing is queued */
	READ_END,     /* end of file */
	READ_RESET,   /* the connection failed: errno */
	READ_BLOCKED, /* the receiver has no room */
	READ_LATER,   /* there are too few free descriptor numbers */
	READ_REFUSED, /* the message must not arrive with the relay's credentials */
	READ_LOST     /* descriptors were lost; the message must not be forwarded without them */
};

enum read_result stream_read(struct loop *l, struct half *from, struct relay_message *message);

/*
 * Does the same with fewer calls if descriptors belong to the next byte, and returns true. Otherwise returns false, and
 * nothing is read.
 */
bool stream_read_rights_first(
    struct loop *l, struct half *from, struct relay_message *message, enum read_result *result);
enum read_result packet_read_half(struct loop *l, struct half *from, struct relay_message *message);

/* Reads the next message of a packet socket. */
enum read_result packet_read(struct loop *l, int fd, struct relay_message *message);

/* Finds out what MSG_PEEK reports on a stream with this kernel. */
int stream_learn(struct loop *l, struct fail *fail);

/*
 * Names the sender of MESSAGE to the receiver, if credentials are forwarded. Otherwise returns READ_REFUSED if the
 * relay's credentials would exceed those of SENDER, or those of the peer of FD if the sender is unknown. Returns
 * READ_MESSAGE on success.
 */
enum read_result message_set_sender(
    const struct loop *l, int fd, struct relay_message *message, const struct peer *sender);

/*
 * Fills MESSAGE's descriptors and credentials from loop->msg. Returns READ_MESSAGE, READ_LOST if descriptors were lost,
 * or READ_REFUSED.
 */
enum read_result message_adopt(struct loop *l, int fd, struct relay_message *message);

/* --- functions of forward.c */

enum forward_result {
	FORWARD_DONE,
	FORWARD_BLOCKED, /* the receiver has no room */
	FORWARD_LATER,	 /* the system has no resources: too many descriptors in flight, no memory */
	FORWARD_GONE,	 /* the receiver has closed */
	FORWARD_REFUSED	 /* it can never be forwarded; a warning was printed */
};

/* Sends as much of MESSAGE as possible and keeps the rest in it. Sends to ADDRESS unless that is NULL. */
enum forward_result message_forward(struct loop *l, int fd, struct relay_message *message, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/* Copies the rest of MESSAGE and takes over its descriptors. Returns NULL without memory, and takes nothing then. */
struct pending *pending_new(struct loop *l, const struct relay_message *message);
enum forward_result pending_forward(struct loop *l, struct pending *pending, int fd, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/* Returns the next pending message. pending_end() frees the first one, pending_free() all. */
struct pending **pending_next(struct pending *pending);
struct pending *pending_end(struct loop *l, struct pending *pending);
void pending_free(struct loop *l, struct pending *pending);

/* --- functions of batch.c */

int batch_new(struct loop *l);
void batch_free(struct loop *l);

/* Returns true if several writes with descriptors are probably queued, and may be sent by one call. */
bool batch_suits(const struct loop *l, const struct half *from);

/*
 * Reads all available messages. Returns the last result: READ_MESSAGE if more may be queued, else as stream_read(),
 * with errno.
 */
enum read_result batch_read(struct loop *l, struct half *from);
size_t batch_count(const struct loop *l);

/* Forwards the batch. Messages that the receiver cannot take become pending. */
enum forward_result batch_forward(struct loop *l, struct half *from);

/* --- functions of close.c, which keep errno */

/* Finds out the device of memfds. */
void close_learn(struct loop *l);

/* Closes the remaining descriptors of the current message and clears it. FORWARDED: the receiver has copies. */
void close_message(struct loop *l, bool forwarded);

/* Closes descriptors of which another process has copies. */
void close_copies(const struct loop *l, const int *fds, size_t count);

/* Closes descriptors of which possibly no other process has a copy. */
void close_received(const int *fds, size_t count);

/* Closes a socket of a connection or of a datagram sender. DRAINED: it is AF_UNIX, and its receive queue is empty. */
void close_socket(int fd, bool drained);

/* --- functions of cred.c */

/* Returns true if this process may send the credentials of other users. */
bool creds_carried(void);

/* Returns true if the relay's credentials are at most those of PEER: the same IDs, or PEER is root. */
bool creds_cover(const struct loop *l, const struct peer *peer);

#define GROUPS_MAX 256

/* The credentials of this process, while it uses those of a client. */
struct identity {
	bool changed;
	uid_t uid;
	gid_t gid;
	int group_count;
	gid_t groups[GROUPS_MAX];
};

/*
 * Between identity_assume() and identity_resume(), this process has the user and groups of CLIENT's other end, so that
 * the server sees them after connect(2) (SO_PEERCRED, SO_PEERGROUPS); the process ID remains the relay's. Used only if
 * credentials are forwarded. Both return -1 with errno; then the caller must not connect, because the server would see
 * the relay's credentials.
 */
int identity_assume(struct identity *own, int client);
int identity_resume(const struct identity *own);

/* Sets the options that must be set before the first message. GIVEN: another program created the socket. */
void socket_prepare(struct loop *l, int fd, bool given);

/* --- functions of trace.c */

/* Counts a message for --verbose. */
static inline void
message_count(const struct loop *l, size_t descriptors, size_t bytes)
{
	if (l->options->count != NULL)
		l->options->count(descriptors, bytes);
}

/* Shows the current message: NBYTES of DATA and loop->msg, received from the socket FD. */
void trace_message(struct loop *l, int fd, enum message_direction direction, uint64_t connection, const char *data,
    size_t nbytes, bool end_of_file);

/* --- functions of dgram.c */

/* Serves datagrams from senders of any address. Returns 0, or -1 with *FAIL. */
int dgram_start(struct loop *l, struct fail *fail);
void dgram_retry(struct loop *l);
int64_t dgram_next(const struct loop *l);

/* Before an end: warns if datagrams wait for the server, because they are lost then. */
void dgram_warn_lost(struct loop *l);
void dgram_stop(struct loop *l);

#endif
