/* SPDX-License-Identifier: ISC */
/* Declarations shared by the library's files. Names begin with fdp_, because programs link the archive. */
#ifndef LIB_INTERNAL_H
#define LIB_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/fdpass.h"

/* Maximum number of buffers of one call (Linux's UIO_MAXIOV, which not every C library defines). */
#define FDP_IOV_MAX 1024

/*
 * The kernel's layout of a control message header. struct cmsghdr is the same memory, but the type of its length
 * differs between C libraries.
 */
struct fdp_header {
	size_t length;
	int level;
	int type;
};

_Static_assert(sizeof(struct fdp_header) == sizeof(struct cmsghdr), "the kernel's header and the C library's differ");

/* The number of padding bytes from LENGTH to the next item. */
#define FDP_PADDING(length) ((0 - (size_t)(length)) & (sizeof(size_t) - 1))

struct fdpass_msg {
	unsigned char *control; /* NULL if ancbufsize is 0 */
	size_t ancbufsize;
	size_t controllen;

	uint32_t *offsets; /* offset of each item */
	size_t count;
	int walk_state;

	int *fds; /* descriptors owned by the message, negated errnos, or FDPASS_TAKEN */
	size_t fd_count;
	int pidfd;

	int flags;
	socklen_t addrlen;
	struct sockaddr_storage address; /* all zero beyond addrlen */
};

/* The state of retrying a call that would block. */
struct fdp_retry {
	const struct fdpass_wait *wait;
	int sock;
	int flags;	    /* flags of the caller */
	short events;	    /* events for poll(2) */
	short seen;	    /* last result of poll(2) */
	unsigned fruitless; /* consecutive calls that would block although poll(2) reported them ready */
};

/* msg.c: takes ownership of the descriptors in the first controllen bytes of MSG's control buffer. */
void fdp_msg_adopt(struct fdpass_msg *msg);

/*
 * Duplicates descriptors by their numbers in another process's message: returns each descriptor or its negated errno.
 */
struct fdp_duplicator {
	int (*duplicate)(void *arg, int number);
	void *arg;
};

/*
 * msg.c: copies to MSG a message that another process received: LENGTH bytes of control data in this process's layout,
 * the size of the original buffer (ANCBUFSIZE), and the flags. MSG's buffer must be large enough.
 */
void fdp_msg_import(struct fdpass_msg *msg, const void *control, size_t length, size_t ancbufsize, int flags,
    const struct fdp_duplicator *duplicator);

/* msg.c: sets the address of MSG's sender, truncated to the available space. */
void fdp_msg_set_address(struct fdpass_msg *msg, const void *address, size_t length);

/*
 * msg.c: closes all descriptors except the first MAXFDS and shortens their items. Returns the number of slots removed.
 */
size_t fdp_msg_limit(struct fdpass_msg *msg, size_t maxfds);

/* wait.c: flags to add to a call so that it does not block past the deadline. */
int fdp_wait_flags(const struct fdpass_wait *wait);

/*
 * wait.c: called after a call failed with errno. Waits if needed and returns 1 if the call is to be repeated; returns 0
 * with errno if it has failed.
 */
int fdp_wait_again(struct fdp_retry *retry);

/* wait.c: returns an integer socket option of SOL_SOCKET, or -1. Keeps errno. */
int fdp_sock_option(int sock, int option);

#endif
