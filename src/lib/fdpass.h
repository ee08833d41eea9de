/* SPDX-License-Identifier: ISC */
/*
 * libfdpass receives and sends data, control messages and descriptors with recvmsg(2) and sendmsg(2).
 *
 * The functions behave like Python's socket.recvmsg, recvmsg_into, recv_fds, sendmsg, send_fds, CMSG_LEN and
 * CMSG_SPACE, on sockets of any family. libfdpass(3) lists the intentional differences.
 *
 * The library never prints, never exits and keeps no hidden state. On failure, a function returns -1 (or NULL) and sets
 * errno. Received descriptors are close-on-exec. The message object owns the received descriptors until the caller
 * takes them.
 *
 * The interface consists only of constants and of functions with an exported symbol, so that other languages can use
 * the library.
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

/*
 * A control buffer of this size has room for all control messages that Linux can deliver with one message on an AF_UNIX
 * socket.
 */
#define FDPASS_ANCBUFSIZE 4096

/*
 * fdpass_msg_fd() returns this value if the caller has taken the descriptor. FDPASS_TAKEN is neither a descriptor nor a
 * negated errno.
 */
#define FDPASS_TAKEN INT32_MIN

/* No deadline. */
#define FDPASS_NEVER INT64_MAX

/*
 * Limits the time that a call waits. If the pointer to struct fdpass_wait is NULL, the call blocks only if the socket
 * is in blocking mode. If the pointer to struct fdpass_wait is not NULL, the call also waits on a non-blocking socket.
 * If MSG_DONTWAIT is set in the flags of the call, the call fails with EAGAIN instead of waiting.
 */
struct fdpass_wait {
	/*
	 * Nanoseconds of CLOCK_MONOTONIC, or FDPASS_NEVER. A call that would wait longer fails with ETIMEDOUT. A
	 * deadline in the past does not affect a call that can complete without waiting.
	 */
	int64_t deadline;
	/*
	 * Called after EINTR. If this function returns 0, the call continues with the remaining time. If it returns
	 * nonzero, the call fails with EINTR. If interrupted is NULL, the call always continues.
	 */
	int (*interrupted)(void *arg);
	void *arg; /* the argument with which interrupted is called */
};

/* The reason why a walk over control messages ended, or the state of its current item. */
enum fdpass_walk_state {
	FDPASS_ITEM = 0, /* a complete item */
	/* the data of the item extends beyond the end of the buffer; the walk returns the available part of the data */
	FDPASS_ITEM_CUT = 1,
	FDPASS_END = 2,		   /* the walk has reached the end of the control data */
	FDPASS_TRAILING = 3,	   /* too few bytes for a header remain */
	FDPASS_BAD_LENGTH = 4,	   /* the length in the header is less than the size of the header */
	FDPASS_CUT_BEFORE_DATA = 5 /* the buffer ends between header and data; the walk does not return this item */
};

/* One control message. The pointer "data" points into the control buffer and can be unaligned. */
struct fdpass_cmsg {
	int level;
	int type;
	const void *data;
	size_t length; /* number of bytes at data */
	/* number of data bytes according to the header; greater than length if state is FDPASS_ITEM_CUT */
	size_t claimed;
	int state; /* FDPASS_ITEM or FDPASS_ITEM_CUT; ignored when sending */
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
 * Python's CMSG_LEN: returns the length of a control message with LENGTH bytes of data, without padding at the end.
 * Returns -1 with EOVERFLOW if Python would raise OverflowError.
 */
ssize_t fdpass_cmsg_len(ssize_t length);

/* Python's CMSG_SPACE: like fdpass_cmsg_len(), but includes the padding at the end. */
ssize_t fdpass_cmsg_space(ssize_t length);

/*
 * Begins a walk over the LENGTH bytes of control data at CONTROL. The control data can have any content and any
 * alignment. The walk never reads bytes outside the control data. The algorithm is based on cmsg(3) and on CPython's
 * get_cmsg_data_len().
 */
void fdpass_walk_begin(struct fdpass_walk *walk, const void *control, size_t length);

/*
 * Finds the next item. Returns 1 and fills *ITEM. At the end, returns 0 and sets walk->state to the reason why the walk
 * ended; while it returns 1, walk->state is FDPASS_ITEM. After a truncated item (FDPASS_ITEM_CUT), the next call
 * returns 0 with walk->state FDPASS_END.
 */
int fdpass_walk_next(struct fdpass_walk *walk, struct fdpass_cmsg *item);

/*
 * Creates a message object with a control buffer of ANCBUFSIZE bytes. If ANCBUFSIZE is 0, all control messages are lost
 * and MSG_CTRUNC is set, as with the default ancbufsize of Python's recvmsg. The message object can be used for any
 * number of calls without further allocations. Returns NULL with ENOMEM, or with EINVAL if ANCBUFSIZE exceeds INT_MAX
 * (Python: ValueError). The caller must free the message object with fdpass_msg_free().
 */
struct fdpass_msg *fdpass_msg_new(size_t ancbufsize);

/* Closes all descriptors that the caller has not taken from MSG, and frees MSG, which can be NULL. Preserves errno. */
void fdpass_msg_free(struct fdpass_msg *msg);

/*
 * Closes all descriptors that the caller has not taken from MSG, including a pidfd, and makes MSG empty. Can be called
 * at any time and more than once. Preserves errno. Each receiving function first calls fdpass_msg_done().
 */
void fdpass_msg_done(struct fdpass_msg *msg);

/*
 * Python's recvmsg: receives a message into the buffer BUF, which has BUFSIZE bytes. Passes FLAGS and MSG_CMSG_CLOEXEC
 * to recvmsg(2). WAIT can be NULL. Returns the number of received bytes. If FLAGS contains MSG_TRUNC, the result is the
 * length of the datagram, which can exceed BUFSIZE. A result of 0 means end of file or an empty message. If the result
 * is -1, nothing was received and MSG is empty. In this case, errno is the error number from recvmsg(2), ETIMEDOUT, or
 * EINTR if wait->interrupted returned nonzero. If WAIT contains a deadline, recvmsg(2) never blocks, so MSG_WAITALL has
 * no effect (as in Python with a timeout).
 */
ssize_t fdpass_recvmsg(
    int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, int flags, const struct fdpass_wait *wait);

/*
 * Python's recvmsg_into: like fdpass_recvmsg(), but receives into COUNT buffers in order. COUNT can be 0. If COUNT
 * exceeds IOV_MAX (1024), fails with EMSGSIZE before anything is received.
 */
ssize_t fdpass_recvmsg_into(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

/*
 * Python's recv_fds: receives at most MAXFDS descriptors. This limit applies even if the control buffer has room for
 * more descriptors. Additional descriptors are closed and removed from the control messages, and MSG_CTRUNC is set in
 * the flags of MSG. Fails with EINVAL unless MSG has a control buffer of at least CMSG_LEN(4 * MAXFDS) bytes. FLAGS is
 * passed to recvmsg(2).
 */
ssize_t fdpass_recv_fds(int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, size_t maxfds, int flags,
    const struct fdpass_wait *wait);

/*
 * Returns the flags that recvmsg(2) returned, unchanged. The flags include MSG_CMSG_CLOEXEC, because the kernel returns
 * this flag.
 */
int fdpass_msg_flags(const struct fdpass_msg *msg);

/*
 * Returns the sender's address, or NULL (length 0) if the sender has no address. The returned pointer points into MSG
 * and is valid until the next call that receives into MSG. Sets *LENGTH to the length of the address. LENGTH can be
 * NULL. If the address is a path of 108 bytes, *LENGTH is 111, one more than sizeof(struct sockaddr_un);
 * fdpass_unix_name() accepts this length.
 */
const struct sockaddr *fdpass_msg_address(const struct fdpass_msg *msg, socklen_t *length);

/* Returns the number of control messages in MSG. */
size_t fdpass_msg_count(const struct fdpass_msg *msg);

/*
 * Fills *ITEM with the control message at INDEX. INDEX 0 is the first control message in the control buffer. Returns 0,
 * or -1 with EINVAL if INDEX is too large.
 */
int fdpass_msg_item(const struct fdpass_msg *msg, size_t index, struct fdpass_cmsg *item);

/*
 * Returns the reason why the walk over the message's control data ended (enum fdpass_walk_state, but never
 * FDPASS_ITEM).
 */
int fdpass_msg_walk_state(const struct fdpass_msg *msg);

/*
 * These functions return the size of MSG's control buffer, and the number of bytes that the kernel has written to this
 * buffer.
 */
size_t fdpass_msg_ancbufsize(const struct fdpass_msg *msg);
size_t fdpass_msg_controllen(const struct fdpass_msg *msg);

/*
 * Returns the number of descriptor slots in the SCM_RIGHTS control messages of MSG. The number includes slots whose
 * descriptor the caller has taken or the kernel did not install.
 */
size_t fdpass_msg_fd_count(const struct fdpass_msg *msg);

/*
 * Returns the content of the descriptor slot at INDEX. The content is a descriptor that the message still owns,
 * FDPASS_TAKEN if the caller has taken the descriptor, or a negated errno if the kernel did not install the descriptor
 * (SO_RIGHTS_NOTRUNC). If INDEX is too large, returns FDPASS_TAKEN.
 */
int fdpass_msg_fd(const struct fdpass_msg *msg, size_t index);

/*
 * Moves the ownership of the descriptor at INDEX from the message to the caller, which must close the descriptor.
 * Returns the descriptor, or -1 with EINVAL if INDEX is too large, EBADF if the descriptor was already taken, or the
 * kernel's errno if the kernel did not install the descriptor.
 */
int fdpass_msg_take_fd(struct fdpass_msg *msg, size_t index);

/*
 * Like fdpass_msg_fd() and fdpass_msg_take_fd(), for the pidfd in the message's SCM_PIDFD. If the message has no
 * SCM_PIDFD, the result is the same as for a pidfd that was already taken.
 */
int fdpass_msg_pidfd(const struct fdpass_msg *msg);
int fdpass_msg_take_pidfd(struct fdpass_msg *msg);

/*
 * Python's sendmsg: sends the data in COUNT buffers, and NITEMS control messages. ADDRESS is the destination, or NULL
 * if the socket is connected. Uses the members level, type, data and length of each control message. Descriptors in
 * control messages stay open and belong to the caller. FLAGS is passed to sendmsg(2). Returns the number of bytes sent.
 * On a stream socket, the result can be less than the size of the data. After such a partial send, the control messages
 * have been sent. If the result is -1, errno is EMSGSIZE (COUNT exceeds IOV_MAX), EOVERFLOW (the control messages are
 * too large), ETIMEDOUT, EINTR (wait->interrupted returned nonzero), or the error number from sendmsg(2). Unless FLAGS
 * contains MSG_NOSIGNAL, sendmsg(2) can raise SIGPIPE.
 */
ssize_t fdpass_sendmsg(int sock, const struct iovec *buffers, size_t count, const struct fdpass_cmsg *items,
    size_t nitems, int flags, const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Python's send_fds: sends the data in COUNT buffers, and NFDS descriptors in one SCM_RIGHTS. The descriptors stay open
 * and belong to the caller. Fails with EINVAL if the socket is a stream socket and there is no data, because the kernel
 * would then discard the descriptors and report success.
 */
ssize_t fdpass_send_fds(int sock, const struct iovec *buffers, size_t count, const int *fds, size_t nfds, int flags,
    const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait);

/*
 * Converts the LENGTH bytes at NAME to an AF_UNIX address, as Python does. If NAME begins with a NUL byte, NAME is an
 * abstract name of up to 108 bytes, including this NUL byte. If NAME is empty, bind(2) chooses a name. Any other NAME
 * is a path of up to 107 bytes. Returns 0, and sets *ADDRLEN to the address length for bind(2) or connect(2). Returns
 * -1 with ENAMETOOLONG if NAME is too long, or with EINVAL if NAME is a path that contains a NUL byte, because the
 * kernel would truncate the path at this byte.
 */
int fdpass_unix_address(const void *name, size_t length, struct sockaddr_un *address, socklen_t *addrlen);

/*
 * Finds the name in ADDRESS, an AF_UNIX address of ADDRLEN bytes that the kernel has returned. *NAME points into
 * ADDRESS, and *LENGTH is the length of the name. The length includes the NUL byte at the beginning of an abstract
 * name, but not the NUL byte at the end of a path. Returns 1, or 0 if ADDRESS contains no name or belongs to another
 * address family.
 */
int fdpass_unix_name(const struct sockaddr_un *address, socklen_t addrlen, const char **name, size_t *length);

/*
 * Returns a deadline for struct fdpass_wait: the time NANOSECONDS from now. If the resulting time is too large, returns
 * FDPASS_NEVER. If NANOSECONDS is negative, returns the current time.
 */
int64_t fdpass_deadline(int64_t nanoseconds);

/* Returns the version of the library as a string, such as "1.0.0". */
const char *fdpass_version(void);

#ifdef __cplusplus
}
#endif

#endif
