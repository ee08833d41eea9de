/* SPDX-License-Identifier: ISC */
/* What the files of this layer share: the loop, what it watches, a connection, and the message in hand. */
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

#define CHUNK_MAX  36544       /* what the kernel puts into one piece of a stream at most where pages have 4 KiB */
#define READ_SMALL 4096	       /* a first look at a stream is as wide */
#define READ_BULK  (64 * 1024) /* plain data carried at a time; with more, who sends waits for who receives */
#define SNDBUF_MIN (2 * (CHUNK_MAX + 64)) /* a piece is at most half of that */
#define LOOK_MAX   (512 * 1024) /* more than twice what can belong to one descriptor, whatever the size of a page */

struct loop;

/* A descriptor in the epoll set. The first member of what it stands for. */
struct watch {
	int fd;
	uint32_t interest; /* 0: not in the set */
	void (*ready)(struct loop *, struct watch *, uint32_t events);
};

/* A ring with its head: list, or member of one. */
struct link {
	struct link *prev, *next;
};

/* A message in hand, on its way from one socket to another. Its descriptors belong to loop->msg or to the pending copy. */
struct relay_message {
	const char *data;
	size_t length;
	const int *fds;
	size_t fd_count;
	bool has_cred; /* cred names the sender, and goes with the message */
	bool urgent;   /* out of band */
	bool stream;   /* may be sent in parts */
	struct ucred cred;
};

/* A message that could not be handed on yet; owns its descriptors. */
struct pending;

/* One socket of a connection, and what flows from it to the other. */
struct half {
	struct watch watch;
	struct conn *conn;
	struct pending *pending; /* from here, for the other half; first in line */
	bool ended;		 /* nothing more comes from here, or nobody wants it */
	bool drained;		 /* nothing more is queued here */
	bool later;		 /* go on when the time has come, not when the other half has room */
	bool full;		 /* the other half has no room, nothing is pending */
	bool bulk;		 /* much came last time */
	bool rights;		 /* descriptors came last time */
	bool urgent;		 /* an urgent byte is on its way */
	bool hung_up;		 /* the sender ended; what is queued may still come */
	bool lost;		 /* descriptors were lost behind what is pending */
	bool foreign;		 /* not AF_UNIX: no descriptors, nothing to find out about them */
	uint8_t index;
};

struct conn {
	struct half half[2]; /* the client's, the server's */
	struct link all, waiting;
	uint64_t number;
	int64_t retry_at; /* while in the list of those that wait */
	int64_t give_up;  /* connecting: no longer than this */
	uint8_t last;	  /* the half that spoke last */
	bool eager;	  /* it spoke twice in a row: look again before waiting */
	bool connecting;
};

struct batch; /* messages taken at a time: batch.c */
struct dgram; /* datagrams of many senders: dgram.c */

/* Whether it is worth to stay awake: busy_poll.c. */
struct busy_poll {
	bool busy;	   /* something came just now */
	bool answer_due;   /* it came from who had not spoken before */
	bool enabled;	   /* so it is to be, if the user said nothing */
	bool probing;	   /* only to see how it is */
	int64_t mean[2];   /* nanoseconds from message to message, asleep and awake; 0: not tried yet */
	int rounds;	   /* since that was tried */
	int failed_probes; /* how often it was worse, on end */
	int messages;	   /* of this turn */
	int64_t sum, last;
};

struct loop {
	const struct relay_options *options;
	struct fail *fail;
	int epoll;
	struct watch listener, signals;
	struct endpoint listen_endpoint;
	struct dgram *dgram;

	/* the message in hand */
	struct fdpass_msg *msg;	 /* whatever the kernel can deliver fits */
	struct fdpass_msg *look; /* for a look ahead: descriptors do not fit */
	char *buffer;		 /* LOOK_MAX bytes, then a page that cannot be written to */
	size_t buffer_size;
	char *at; /* where the next message goes: the buffer, unless several are taken at a time */
	struct batch *batch;
	int fds[FDPASS_MAX_FDS];
	struct timespec time;
	uint32_t memory_major, memory_minor; /* the device of memfds */
	bool memory_known;
	bool full;	 /* every read brings its control messages: to show them, or for credentials */
	bool with_creds; /* credentials are asked for */
	bool carry;	 /* and carried on: no message may go without, or the kernel adds the relay's own */
	pid_t own_pid;
	bool wide_look; /* extras were asked for that only fit where descriptors do: a look brings copies */
	bool looks_on;	/* a look of one byte tells of descriptors anywhere in the queue */
	bool faults;	/* a look that ends in a bad address tells where the last whole write before it ends */

	struct link conns, waiting, dead;
	uint64_t open, accepted, messages;
	uint64_t connections;	     /* ends after so many; 0: never */
	int64_t admit_at;	     /* while crowded: when to try again */
	uint64_t descriptors, limit; /* open now, about, but for pending ones; RLIMIT_NOFILE */
	uint64_t pending;	     /* descriptors in messages that could not be handed on yet */
	int sndbuf;		     /* of a new socket */
	uint64_t failures;
	int stops; /* signals that came */
	bool listening, failed, crowded;
	struct busy_poll busy_poll;
	bool told_crowded, told_rights;
};

static inline void
link_init(struct link *head)
{
	head->prev = head->next = head;
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
	/* Whoever frees an item has taken it from its list before. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link_init(link);
}

#define LINK_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* --- loop.c */

/* Changes what is waited for on WATCH; 0 takes it out of the set. False with errno: there is no memory, no watch left. */
bool watch_set(struct loop *l, struct watch *watch, uint32_t events);

/* Tells the user one line, about CONNECTION unless that is 0. */
void loop_say(struct loop *l, uint64_t connection, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Makes the buffer at least as large. What is in it is lost. -1 with errno. */
int loop_grow(struct loop *l, size_t size);

/* True if a message with the most descriptors there can be would find room for them. */
bool loop_has_room(const struct loop *l);

/* How many milliseconds until something has to be done without an event; -1: there is no such thing. */
int loop_timeout(const struct loop *l);

/* --- busy_poll.c */

struct epoll_event;

/* A message came NOW, the answer to the one before. Decides whether to be awake for the next. */
void busy_poll_learn(struct busy_poll *busy_poll, int64_t now);

/* As epoll_wait(2), for ROOM events at most. */
int events_wait(struct loop *l, struct epoll_event *events, int room);

/* --- listener.c */

/* Opens what was given as the front: listens, begins with datagrams, or opens the one connection that it is. */
int listener_open(struct loop *l, struct fail *fail);

/* Looks whether more clients can be let in now. */
void listener_admit(struct loop *l);

/* No more clients. */
void listener_close(struct loop *l);

/* --- conn.c */

/* A connection between CLIENT, which is its own from now on, and a server still to be found. -1 if there is no memory. */
int conn_open(struct loop *l, int client);
void conn_close(struct loop *l, struct conn *conn);

/* The time of a connection that waits has come. */
void conn_retry(struct loop *l, struct conn *conn);

static inline struct half *
half_other(const struct half *half)
{
	return &half->conn->half[!half->index];
}

/* --- stream.c, packet.c: taking the next message from a socket into loop's hand */

enum read_result {
	READ_MESSAGE, /* *MESSAGE is filled */
	READ_NOTHING, /* nothing is there */
	READ_END,     /* end of file */
	READ_RESET,   /* the connection broke: errno */
	READ_BLOCKED, /* the other half has no room */
	READ_LATER,   /* there is no room for descriptors here */
	READ_LOST     /* descriptors were lost on the way; the message must not go on without them */
};

enum read_result stream_read(struct loop *l, struct half *from, struct relay_message *message);

/*
 * The same if descriptors belong to the byte that is next, which costs less to find out than what else there may be. False
 * otherwise: nothing was taken then.
 */
bool stream_read_rights_first(
    struct loop *l, struct half *from, struct relay_message *message, enum read_result *result);
enum read_result packet_read_half(struct loop *l, struct half *from, struct relay_message *message);

/* The next message, of a socket that has no end of file. */
enum read_result packet_read(struct loop *l, int fd, struct relay_message *message);

/* Finds out what this kernel lets one know about a stream. */
int stream_learn(struct loop *l, struct fail *fail);

/* Names the sender of MESSAGE to whoever receives it, if credentials are carried on. */
void message_set_sender(const struct loop *l, struct relay_message *message, const struct peer *sender);

/* Makes MESSAGE's descriptors and credentials those of loop->msg. False if some were lost. */
bool message_adopt(struct loop *l, struct relay_message *message);

/* --- forward.c: handing a message on */

enum forward_result {
	FORWARD_DONE,
	FORWARD_BLOCKED, /* the other half has no room */
	FORWARD_LATER,	 /* the system has none: too many descriptors in flight, no memory */
	FORWARD_GONE,	 /* nobody reads there any more */
	FORWARD_REFUSED	 /* it cannot be handed on, ever: told already */
};

/* Sends as much of MESSAGE as goes and makes it what is left, in data and fds. To ADDRESS unless that is NULL. */
enum forward_result message_forward(struct loop *l, int fd, struct relay_message *message, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/* Keeps what is left of MESSAGE and takes its descriptors over. NULL if there is no memory: nothing was taken then. */
struct pending *pending_new(struct loop *l, const struct relay_message *message);
enum forward_result pending_forward(struct loop *l, struct pending *pending, int fd, uint64_t connection,
    const struct sockaddr *address, socklen_t addrlen);

/* The one behind it, to be handed on next; pending_end() forgets the first of them, pending_free() all. */
struct pending **pending_next(struct pending *pending);
struct pending *pending_end(struct loop *l, struct pending *pending);
void pending_free(struct loop *l, struct pending *pending);

/* --- batch.c */

int batch_new(struct loop *l);
void batch_free(struct loop *l);

/* Whether several writes with descriptors may well be queued, and can be taken at a time. */
bool batch_suits(const struct loop *l, const struct half *from);

/* Takes as many as there are. What came last: READ_MESSAGE if more may be there, else as stream_read(), with errno. */
enum read_result batch_read(struct loop *l, struct half *from);
size_t batch_count(const struct loop *l);

/* Hands on what was taken. What does not go is pending. */
enum forward_result batch_forward(struct loop *l, struct half *from);

/* --- close.c */

/* Finds out what memfds look like here. */
void close_learn(struct loop *l);

/* Closes what is left of the message in hand, and forgets it. HANDED_ON: somebody else has copies. */
void close_message(struct loop *l, bool handed_on);

/* Closes descriptors of which somebody else has copies. */
void close_copies(const struct loop *l, const int *fds, size_t count);

/* Closes descriptors of which nobody may have a copy. */
void close_received(const int *fds, size_t count);

/* Closes one of our own sockets. DRAINED: nothing is queued there. */
void close_socket(const struct loop *l, int fd, bool drained);

/* --- cred.c */

/* Whether this process may send credentials that are not its own. */
bool creds_carried(void);

#define GROUPS_MAX 256

/* Who this process is, while it is somebody else. */
struct identity {
	bool changed;
	uid_t uid;
	gid_t gid;
	int group_count;
	gid_t groups[GROUPS_MAX];
};

/*
 * From here to identity_resume() a connect(2) is made in the name of CLIENT's other end, so that the server sees its
 * user and groups (SO_PEERCRED); the process id is ours. Only where credentials are carried on. Both return -1 with errno;
 * then nobody may be connected to: the server would take the client for us.
 */
int identity_assume(struct identity *own, int client);
int identity_resume(const struct identity *own);

/* Asks a socket for what must hold before its first message. GIVEN: somebody else made it. */
void socket_prepare(struct loop *l, int fd, bool given);

/* --- trace.c */

/* Counts a message for whoever watches. */
static inline void
message_count(const struct loop *l, size_t descriptors, size_t bytes)
{
	if (l->options->count != NULL)
		l->options->count(descriptors, bytes);
}

/* Shows the message in hand: NBYTES of DATA and loop->msg, come from the socket FD. */
void trace_message(struct loop *l, int fd, enum message_direction direction, uint64_t connection, const char *data,
    size_t nbytes, bool end_of_file);

/* --- dgram.c */

/* Datagrams that come to the front from senders of any address. -1 with *FAIL. */
int dgram_start(struct loop *l, struct fail *fail);
void dgram_retry(struct loop *l);
int64_t dgram_next(const struct loop *l);
void dgram_stop(struct loop *l);

#endif
