/* SPDX-License-Identifier: ISC */
/*
 * libfdpass: receive and send data, control messages and descriptors with recvmsg(2) and sendmsg(2).
 *
 * The semantics are those that Python documents for socket.recvmsg, recvmsg_into, recv_fds, sendmsg, send_fds,
 * CMSG_LEN and CMSG_SPACE, on a socket of any family. libfdpass(3) lists where this library deliberately does better.
 *
 * The library never prints, never exits and keeps no state of its own. Every function that fails returns -1 (or NULL)
 * and sets errno. Descriptors that arrive are close-on-exec from birth and belong to the message that brought them
 * until they are taken.
 *
 * Every name here is a function with a symbol behind it or a constant: nothing needs a C compiler to be called.
 */
#ifndef FDPASS_H
#define FDPASS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most descriptors that the kernel puts into one message (SCM_MAX_FD). */
#define FDPASS_MAX_FDS 253

/* A control buffer of this size has room for everything that Linux can deliver on an AF_UNIX socket. */
#define FDPASS_ANCBUFSIZE 4096

/* What fdpass_msg_fd() says of a slot whose descriptor was taken: no descriptor and no negated errno. */
#define FDPASS_TAKEN INT32_MIN

/* A deadline that never comes. */
#define FDPASS_NEVER INT64_MAX

/*
 * How long a call may wait. A null pointer to it means: as long as the socket itself does, which is not at all if it
 * is O_NONBLOCK. With this structure a call waits on such a socket too. MSG_DONTWAIT among a call's flags beats both:
 * the call fails with EAGAIN rather than wait.
 *
 * deadline     nanoseconds of CLOCK_MONOTONIC, or FDPASS_NEVER; a call that would wait beyond it fails with ETIMEDOUT,
 *              and one that need not wait is made even if it has passed
 * interrupted  called after a signal handler ran (EINTR); 0 goes on with the time that is left, anything else makes the
 *              call fail with EINTR. NULL always goes on.
 * arg          handed to interrupted
 */
struct fdpass_wait {
	int64_t deadline;
	int (*interrupted)(void *arg);
	void *arg;
};

/* Why a walk over control messages stopped, or what is wrong with the item that it stands on. */
enum fdpass_walk_state {
	FDPASS_ITEM = 0,	   /* a whole item */
	FDPASS_ITEM_CUT = 1,	   /* an item whose data runs past the end: delivered as far as it is there */
	FDPASS_END = 2,		   /* nothing is left */
	FDPASS_TRAILING = 3,	   /* a few bytes are left, too few for a header */
	FDPASS_BAD_LENGTH = 4,	   /* a header whose length is below the header's own size */
	FDPASS_CUT_BEFORE_DATA = 5 /* a header that speaks of data and ends where the buffer does: not delivered */
};

/* One control message. data points into the buffer it was found in, not aligned for anything. */
struct fdpass_cmsg {
	int level;
	int type;
	const void *data;
	size_t length;	/* bytes at data */
	size_t claimed; /* bytes of data that the header speaks of; more than length if state is FDPASS_ITEM_CUT */
	int state;	/* FDPASS_ITEM or FDPASS_ITEM_CUT; not looked at when sending */
};

/* A place in a control buffer. */
struct fdpass_walk {
	const void *at;
	size_t left;
	int state; /* enum fdpass_walk_state */
};

/* A received message: its control messages, flags and sender, and the descriptors that came with it. */
struct fdpass_msg;

/*
 * Python's CMSG_LEN: the length of a control message with LENGTH bytes of data, without padding.
 * Returns it, or -1 with EOVERFLOW at exactly the bounds at which Python raises OverflowError.
 */
ssize_t fdpass_cmsg_len(ssize_t length);

/* Python's CMSG_SPACE: as fdpass_cmsg_len(), padding included. */
ssize_t fdpass_cmsg_space(ssize_t length);

/*
 * Begins a walk over the LENGTH bytes of control data at CONTROL, which may hold anything at all and need not be
 * aligned. Nothing outside of them is ever read. Source: cmsg(3) and CPython's get_cmsg_data_len().
 */
void fdpass_walk_begin(struct fdpass_walk *walk, const void *control, size_t length);

/*
 * Finds the next item. Returns 1 and fills *ITEM, or returns 0 at the end; walk->state tells which end it was, and is
 * FDPASS_ITEM until then. After an item that was cut (FDPASS_ITEM_CUT) the next call returns 0 with FDPASS_END.
 */
int fdpass_walk_next(struct fdpass_walk *walk, struct fdpass_cmsg *item);

/*
 * Makes a message object with a control buffer of ANCBUFSIZE bytes, which may be 0 (then every control message is
 * lost and MSG_CTRUNC says so, as with Python's default). It can be received into any number of times without
 * allocating again. Returns NULL with ENOMEM, or EINVAL above INT_MAX (Python: ValueError). The caller ends it with
 * fdpass_msg_free().
 */
struct fdpass_msg *fdpass_msg_new(size_t ancbufsize);

/* Closes what nobody took and releases MSG. NULL is allowed. errno is kept. */
void fdpass_msg_free(struct fdpass_msg *msg);

/*
 * Closes every descriptor that nobody took, pidfds too, and leaves MSG empty, ready for the next message. May be
 * called at any time and any number of times. errno is kept. Every receiving call begins with this.
 */
void fdpass_msg_done(struct fdpass_msg *msg);

/*
 * Python's recvmsg: receives into one buffer of BUFSIZE bytes. FLAGS are handed to recvmsg(2), MSG_CMSG_CLOEXEC
 * added. WAIT may be NULL. Returns what the kernel returns: the bytes received, or with MSG_TRUNC among FLAGS the
 * real length of a datagram, which may be more than BUFSIZE; 0 is an end of file or an empty message. On -1 nothing
 * was received and MSG is empty; errno is recvmsg(2)'s, ETIMEDOUT, or EINTR if wait->interrupted said stop. With a
 * deadline the call itself never blocks, so MSG_WAITALL does not wait then (as in Python with a timeout).
 */
ssize_t fdpass_recvmsg(
    int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, int flags, const struct fdpass_wait *wait);

/*
 * Python's recvmsg_into: the same, scattered into COUNT buffers in order. More than IOV_MAX (1024) of them is
 * EMSGSIZE before anything is received; none is allowed.
 */
ssize_t fdpass_recvmsg_into(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

/*
 * Python's recv_fds: receives at most MAXFDS descriptors. The limit is exact whatever else the socket delivers: what
 * came above it is closed, cut off the control messages, and MSG_CTRUNC is set in the message's flags. MSG needs a
 * control buffer of at least CMSG_LEN(4 * MAXFDS) bytes; EINVAL otherwise. FLAGS are honoured.
 */
ssize_t fdpass_recv_fds(int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, size_t maxfds, int flags,
    const struct fdpass_wait *wait);

/* The flags that recvmsg(2) returned, unchanged: MSG_CMSG_CLOEXEC is echoed among them. */
int fdpass_msg_flags(const struct fdpass_msg *msg);

/*
 * The sender's address: points into MSG, valid until the next call on it; NULL if there is none (length 0). *LENGTH
 * is the true length clamped to what is there, and may be a null pointer. A path of 108 bytes has length 111, one
 * more than struct sockaddr_un: fdpass_unix_name() knows.
 */
const struct sockaddr *fdpass_msg_address(const struct fdpass_msg *msg, socklen_t *length);

/* How many control messages came. */
size_t fdpass_msg_count(const struct fdpass_msg *msg);

/* Fills *ITEM with the control message at INDEX, in the order in which they came. -1 with EINVAL past the last. */
int fdpass_msg_item(const struct fdpass_msg *msg, size_t index, struct fdpass_cmsg *item);

/* How the walk over this message's control data ended (enum fdpass_walk_state, never FDPASS_ITEM). */
int fdpass_msg_walk_state(const struct fdpass_msg *msg);

/* The control buffer's size, and how many bytes of it the kernel used. */
size_t fdpass_msg_ancbufsize(const struct fdpass_msg *msg);
size_t fdpass_msg_controllen(const struct fdpass_msg *msg);

/* How many slots the SCM_RIGHTS of this message have, taken and refused ones included. */
size_t fdpass_msg_fd_count(const struct fdpass_msg *msg);

/*
 * The slot at INDEX: a descriptor, still the message's; FDPASS_TAKEN; or the negated errno for which the kernel
 * refused this one descriptor (SO_RIGHTS_NOTRUNC). Past the last it is FDPASS_TAKEN, too.
 */
int fdpass_msg_fd(const struct fdpass_msg *msg, size_t index);

/*
 * Takes the descriptor at INDEX: it is the caller's now, who closes it. -1 if there is none to take: EINVAL past the
 * last, EBADF if it was taken before, the kernel's errno if it was refused.
 */
int fdpass_msg_take_fd(struct fdpass_msg *msg, size_t index);

/* The same for the SCM_PIDFD, of which there is at most one. FDPASS_TAKEN and EBADF also if none came. */
int fdpass_msg_pidfd(const struct fdpass_msg *msg);
int fdpass_msg_take_pidfd(struct fdpass_msg *msg);

/*
 * Python's sendmsg: sends COUNT buffers and NITEMS control messages, to ADDRESS unless that is NULL. The items'
 * level, type, data and length count. Descriptors among them stay the caller's. FLAGS and ADDRESS are honoured.
 * Returns the bytes sent, which on a stream may be fewer than given: the control messages went with the first of
 * them. -1 with EMSGSIZE for more than IOV_MAX buffers, EOVERFLOW if the control messages are too large together,
 * ETIMEDOUT, EINTR if wait->interrupted said stop, or sendmsg(2)'s errno. SIGPIPE is raised unless FLAGS has
 * MSG_NOSIGNAL.
 */
ssize_t fdpass_sendmsg(int sock, const struct iovec *buffers, size_t count, const struct fdpass_cmsg *items,
    size_t nitems, int flags, const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Python's send_fds: sends COUNT buffers and NFDS descriptors in one SCM_RIGHTS. The descriptors stay the caller's
 * whether or not it succeeds. On a stream, without any data the kernel would drop the descriptors and report success:
 * that is EINVAL here.
 */
ssize_t fdpass_send_fds(int sock, const struct iovec *buffers, size_t count, const int *fds, size_t nfds, int flags,
    const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Makes an AF_UNIX address of the LENGTH bytes at NAME, as Python does: with a NUL first it is an abstract name of up
 * to 108 bytes (that NUL included), empty it makes bind(2) choose one, otherwise it is a path of up to 107 bytes.
 * ENAMETOOLONG if longer; EINVAL for a path with a NUL in it, which the kernel would silently cut. *ADDRLEN is the
 * length to give to bind(2) or connect(2).
 */
int fdpass_unix_address(const void *name, size_t length, struct sockaddr_un *address, socklen_t *addrlen);

/*
 * The name in an AF_UNIX address of ADDRLEN bytes as a kernel returned it: *NAME points into ADDRESS, *LENGTH is its
 * length, without the NUL that ends a path and with the NUL that begins an abstract name. Returns 1, or 0 if it has
 * none or is of another family.
 */
int fdpass_unix_name(const struct sockaddr_un *address, socklen_t addrlen, const char **name, size_t *length);

/* The moment NANOSECONDS from now, for struct fdpass_wait; saturates. Negative is now. */
int64_t fdpass_deadline(int64_t nanoseconds);

/* The library's version, as "1.0.0". */
const char *fdpass_version(void);

#ifdef __cplusplus
}
#endif

#endif
