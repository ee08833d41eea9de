/* SPDX-License-Identifier: ISC */
/*
 * libfdpass: receive and send data, control messages and descriptors with recvmsg(2) and sendmsg(2).
 *
 * The semantics are those that Python documents for socket.recvmsg, recvmsg_into, recv_fds, sendmsg, send_fds,
 * CMSG_LEN and CMSG_SPACE, on a socket of any family. libfdpass(3) lists where this library deliberately does better.
 *
 * The library never prints, never exits and keeps no hidden state. Every function that fails returns -1 (or NULL)
 * and sets errno. Descriptors that arrive are close-on-exec from birth and belong to the message that brought them
 * until they are taken.
 *
 * Every name is a function with an exported symbol or a constant, so that other languages can use the library.
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

/* Maximum number of descriptors in one message (the kernel's SCM_MAX_FD). */
#define FDPASS_MAX_FDS 253

/* A control buffer size that is sufficient for everything that Linux can deliver on an AF_UNIX socket. */
#define FDPASS_ANCBUFSIZE 4096

/* Returned by fdpass_msg_fd() for a slot whose descriptor was taken. Neither a descriptor nor a negated errno. */
#define FDPASS_TAKEN INT32_MIN

/* No deadline. */
#define FDPASS_NEVER INT64_MAX

/*
 * How long a call may wait. With a null pointer the call blocks as the socket itself does, which is not at all if it is
 * O_NONBLOCK. With this structure a call also waits on such a socket. MSG_DONTWAIT among the call's flags takes
 * precedence: the call then fails with EAGAIN instead of waiting.
 *
 * deadline     nanoseconds of CLOCK_MONOTONIC, or FDPASS_NEVER; a call that would wait beyond it fails with ETIMEDOUT;
 *              a call that does not wait is made even after the deadline
 * interrupted  called after EINTR; if it returns 0, the call continues with the remaining time, otherwise it fails with
 *              EINTR. NULL: always continue.
 * arg          passed to interrupted
 */
struct fdpass_wait {
	int64_t deadline;
	int (*interrupted)(void *arg);
	void *arg;
};

/* Why a walk over control messages ended, or the state of its current item. */
enum fdpass_walk_state {
	FDPASS_ITEM = 0,	   /* a complete item */
	FDPASS_ITEM_CUT = 1,	   /* an item whose data extends past the end: delivered as far as present */
	FDPASS_END = 2,		   /* end of the control data */
	FDPASS_TRAILING = 3,	   /* fewer bytes remain than a header has */
	FDPASS_BAD_LENGTH = 4,	   /* a header whose length is less than its own size */
	FDPASS_CUT_BEFORE_DATA = 5 /* a header that announces data but ends with the buffer: not delivered */
};

/* One control message. data points into the control buffer and may be unaligned. */
struct fdpass_cmsg {
	int level;
	int type;
	const void *data;
	size_t length;	/* bytes at data */
	size_t claimed; /* bytes of data that the header announces; more than length if state is FDPASS_ITEM_CUT */
	int state;	/* FDPASS_ITEM or FDPASS_ITEM_CUT; ignored when sending */
};

/* The position of a walk over a control buffer. */
struct fdpass_walk {
	const void *at;
	size_t left;
	int state; /* enum fdpass_walk_state */
};

/* A received message: its control messages, flags, sender address and descriptors. */
struct fdpass_msg;

/*
 * Python's CMSG_LEN: the length of a control message with LENGTH bytes of data, without padding.
 * Returns it, or -1 with EOVERFLOW exactly where Python raises OverflowError.
 */
ssize_t fdpass_cmsg_len(ssize_t length);

/* Python's CMSG_SPACE: like fdpass_cmsg_len(), with padding. */
ssize_t fdpass_cmsg_space(ssize_t length);

/*
 * Begins a walk over the LENGTH bytes of control data at CONTROL, which may have any content and need not be aligned.
 * No byte outside of them is read. Source: cmsg(3) and CPython's get_cmsg_data_len().
 */
void fdpass_walk_begin(struct fdpass_walk *walk, const void *control, size_t length);

/*
 * Finds the next item. Returns 1 and fills *ITEM, or returns 0 at the end; walk->state is then the reason, and is
 * FDPASS_ITEM before. After an item that was cut (FDPASS_ITEM_CUT) the next call returns 0 with FDPASS_END.
 */
int fdpass_walk_next(struct fdpass_walk *walk, struct fdpass_cmsg *item);

/*
 * Creates a message object with a control buffer of ANCBUFSIZE bytes, which may be 0 (all control messages are then
 * lost and MSG_CTRUNC is set, as with Python's default). It can be reused for any number of receives without
 * allocating. Returns NULL with ENOMEM, or EINVAL above INT_MAX (Python: ValueError). Free it with
 * fdpass_msg_free().
 */
struct fdpass_msg *fdpass_msg_new(size_t ancbufsize);

/* Closes all descriptors that were not taken and frees MSG, which may be NULL. Keeps errno. */
void fdpass_msg_free(struct fdpass_msg *msg);

/*
 * Closes all descriptors that were not taken, including pidfds, and leaves MSG empty. May be called at any time, any
 * number of times. Keeps errno. Every receiving call begins with this.
 */
void fdpass_msg_done(struct fdpass_msg *msg);

/*
 * Python's recvmsg: receives into one buffer of BUFSIZE bytes. FLAGS are passed to recvmsg(2), with MSG_CMSG_CLOEXEC
 * added. WAIT may be NULL. Returns the kernel's result: the number of bytes received, or with MSG_TRUNC among FLAGS the
 * real length of a datagram, which may be more than BUFSIZE; 0 is an end of file or an empty message. On -1 nothing was
 * received and MSG is empty; errno is recvmsg(2)'s, ETIMEDOUT, or EINTR if wait->interrupted returned nonzero. With a
 * deadline the system call never blocks, so that MSG_WAITALL has no effect (as in Python with a timeout).
 */
ssize_t fdpass_recvmsg(
    int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, int flags, const struct fdpass_wait *wait);

/*
 * Python's recvmsg_into: like fdpass_recvmsg(), but into COUNT buffers in order. More than IOV_MAX (1024) fail with
 * EMSGSIZE before anything is received; COUNT may be 0.
 */
ssize_t fdpass_recvmsg_into(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

/*
 * Python's recv_fds: receives at most MAXFDS descriptors. The limit is exact whatever else the socket delivers: further
 * ones are closed and removed from the control messages, and MSG_CTRUNC is set in the message's flags. MSG needs a
 * control buffer of at least CMSG_LEN(4 * MAXFDS) bytes; EINVAL otherwise. FLAGS are honoured.
 */
ssize_t fdpass_recv_fds(int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, size_t maxfds, int flags,
    const struct fdpass_wait *wait);

/* The flags that recvmsg(2) returned, unchanged; the kernel echoes MSG_CMSG_CLOEXEC. */
int fdpass_msg_flags(const struct fdpass_msg *msg);

/*
 * The sender's address: points into MSG, valid until the next call on it; NULL if there is none (length 0). *LENGTH
 * is the true length limited to the buffer; LENGTH may be NULL. A path of 108 bytes has length 111, one more than
 * struct sockaddr_un: use fdpass_unix_name().
 */
const struct sockaddr *fdpass_msg_address(const struct fdpass_msg *msg, socklen_t *length);

/* The number of control messages. */
size_t fdpass_msg_count(const struct fdpass_msg *msg);

/* Fills *ITEM with the control message at INDEX, in order of arrival. Returns -1 with EINVAL past the last. */
int fdpass_msg_item(const struct fdpass_msg *msg, size_t index, struct fdpass_cmsg *item);

/* How the walk over this message's control data ended (enum fdpass_walk_state, never FDPASS_ITEM). */
int fdpass_msg_walk_state(const struct fdpass_msg *msg);

/* The size of the control buffer, and the number of bytes that the kernel used. */
size_t fdpass_msg_ancbufsize(const struct fdpass_msg *msg);
size_t fdpass_msg_controllen(const struct fdpass_msg *msg);

/* The number of slots in the message's SCM_RIGHTS, including taken and refused ones. */
size_t fdpass_msg_fd_count(const struct fdpass_msg *msg);

/*
 * The slot at INDEX: a descriptor, still owned by the message; FDPASS_TAKEN; or the negated errno with which the
 * kernel refused this descriptor (SO_RIGHTS_NOTRUNC). FDPASS_TAKEN past the last one.
 */
int fdpass_msg_fd(const struct fdpass_msg *msg, size_t index);

/*
 * Transfers ownership of the descriptor at INDEX to the caller, who must close it. Returns -1 if there is none: EINVAL
 * past the last, EBADF if it was taken before, the kernel's errno if it was refused.
 */
int fdpass_msg_take_fd(struct fdpass_msg *msg, size_t index);

/* The same for the message's SCM_PIDFD (at most one). FDPASS_TAKEN or EBADF also if there is none. */
int fdpass_msg_pidfd(const struct fdpass_msg *msg);
int fdpass_msg_take_pidfd(struct fdpass_msg *msg);

/*
 * Python's sendmsg: sends COUNT buffers and NITEMS control messages, to ADDRESS unless that is NULL. Of the items,
 * level, type, data and length are used. Descriptors among them remain the caller's. FLAGS and ADDRESS are honoured.
 * Returns the number of bytes sent. On a stream it may be smaller than the number given; the control messages were sent
 * with the first byte. -1 with EMSGSIZE for more than IOV_MAX buffers, EOVERFLOW if the control messages are too large
 * together, ETIMEDOUT, EINTR if wait->interrupted returned nonzero, or sendmsg(2)'s errno. SIGPIPE is raised unless
 * FLAGS has MSG_NOSIGNAL.
 */
ssize_t fdpass_sendmsg(int sock, const struct iovec *buffers, size_t count, const struct fdpass_cmsg *items,
    size_t nitems, int flags, const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Python's send_fds: sends COUNT buffers and NFDS descriptors in one SCM_RIGHTS. The descriptors remain the
 * caller's in any case. On a stream without data the kernel would drop the descriptors and report success; here that
 * is EINVAL.
 */
ssize_t fdpass_send_fds(int sock, const struct iovec *buffers, size_t count, const int *fds, size_t nfds, int flags,
    const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Makes an AF_UNIX address of the LENGTH bytes at NAME, as Python does. A NAME with a leading NUL is an abstract name
 * of up to 108 bytes (including that NUL), an empty NAME makes bind(2) choose a name, and any other NAME is a path of
 * up to 107 bytes. ENAMETOOLONG if longer; EINVAL for a path with a NUL in it, which the kernel would silently cut.
 * *ADDRLEN is the length for bind(2) or connect(2).
 */
int fdpass_unix_address(const void *name, size_t length, struct sockaddr_un *address, socklen_t *addrlen);

/*
 * Finds the name in an AF_UNIX address of ADDRLEN bytes as returned by the kernel: *NAME points into ADDRESS, *LENGTH
 * is its length, without the NUL that ends a path and with the NUL that begins an abstract name. Returns 1, or 0 if
 * there is no name or the family is not AF_UNIX.
 */
int fdpass_unix_name(const struct sockaddr_un *address, socklen_t addrlen, const char **name, size_t *length);

/* The time NANOSECONDS from now, for struct fdpass_wait; saturates. A negative value means now. */
int64_t fdpass_deadline(int64_t nanoseconds);

/* The library's version, as "1.0.0". */
const char *fdpass_version(void);

#ifdef __cplusplus
}
#endif

#endif
