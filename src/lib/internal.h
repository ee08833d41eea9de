/* SPDX-License-Identifier: ISC */
/*
 * Declarations shared by the files in src/lib/. Internal names begin with fdp_, so that they do not conflict with names
 * in programs that are linked with the static library.
 */
#ifndef LIB_INTERNAL_H
#define LIB_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/fdpass.h"

/* Maximum number of buffers per call. The value is UIO_MAXIOV of Linux; some C libraries do not define IOV_MAX. */
#define FDP_IOV_MAX 1024

/*
 * The kernel's layout of a control message header. struct cmsghdr has the same layout, but the type of its member
 * cmsg_len differs between C libraries.
 */
struct fdp_header {
	size_t length;
	int level;
	int type;
};

_Static_assert(sizeof(struct fdp_header) == sizeof(struct cmsghdr), "the kernel's header and the C library's differ");

/* The number of padding bytes after an item of LENGTH bytes. */
#define FDP_PADDING(length) ((0 - (size_t)(length)) & (sizeof(size_t) - 1))

struct fdpass_msg {
	unsigned char *control; /* NULL if ancbufsize is 0 */
	size_t ancbufsize;
	size_t controllen;

	uint32_t *offsets; /* offset of each item */
	size_t count;
	int walk_state;

	int *fds; /* each element: a descriptor that the message owns, a negated errno, or FDPASS_TAKEN */
	size_t fd_count;
	int pidfd;

	int flags;
	socklen_t addrlen;
	struct sockaddr_storage address; /* the bytes of this struct after addrlen bytes are zero */
};

/* The state of a loop that repeats a system call until the call no longer fails with EAGAIN. */
struct fdp_retry {
	const struct fdpass_wait *wait;
	int sock;
	int flags;    /* flags of the caller */
	short events; /* events for poll(2) */
	short seen;   /* last result of poll(2) */
	/* number of consecutive calls that failed with EAGAIN although poll(2) had reported the socket as ready */
	unsigned fruitless;
};

/* msg.c: takes ownership of the descriptors in the first msg->controllen bytes of MSG's control buffer. */
void fdp_msg_adopt(struct fdpass_msg *msg);

/*
 * A function that duplicates a descriptor that another process has received. The argument is the descriptor number in
 * that process. The function returns the duplicate, or a negated errno.
 */
struct fdp_duplicator {
	int (*duplicate)(void *arg, int number);
	void *arg;
};

/*
 * msg.c: copies a message that another process has received to MSG. CONTROL contains LENGTH bytes of control data in
 * the layout of this process. ANCBUFSIZE is the size of the other process's control buffer. The control buffer of MSG
 * must have room for LENGTH bytes.
 */
void fdp_msg_import(struct fdpass_msg *msg, const void *control, size_t length, size_t ancbufsize, int flags,
    const struct fdp_duplicator *duplicator);

/* msg.c: stores the address of the sender in MSG, truncated to the available space. */
void fdp_msg_set_address(struct fdpass_msg *msg, const void *address, size_t length);

/*
 * msg.c: closes all descriptors except the first MAXFDS, and shortens the control messages that contained the closed
 * descriptors. Returns the number of removed slots.
 */
size_t fdp_msg_limit(struct fdpass_msg *msg, size_t maxfds);

/* wait.c: returns the flags that a system call needs so that it does not block beyond the deadline in WAIT. */
int fdp_wait_flags(const struct fdpass_wait *wait);

/*
 * wait.c: called after a system call has failed with errno. If the caller must repeat the system call, waits if
 * necessary, and returns 1. If the system call has failed permanently, returns 0 with errno.
 */
int fdp_wait_again(struct fdp_retry *retry);

/* wait.c: returns the value of the integer socket option OPTION of level SOL_SOCKET, or -1. Preserves errno. */
int fdp_sock_option(int sock, int option);

#endif
