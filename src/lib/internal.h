/* SPDX-License-Identifier: ISC */
/*
 * What the library's own files share. Names begin with fdp_ because the archive is linked into programs.
 */
#ifndef LIB_INTERNAL_H
#define LIB_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/fdpass.h"

/* The most buffers that one call takes (UIO_MAXIOV of Linux, which no header of every C library tells). */
#define FDP_IOV_MAX 1024

/*
 * A control message's header as Linux lays it out. struct cmsghdr is the same memory, but not every C library gives its
 * length the kernel's type.
 */
struct fdp_header {
	size_t length;
	int level;
	int type;
};

_Static_assert(sizeof(struct fdp_header) == sizeof(struct cmsghdr), "the kernel's header and the C library's differ");

/* How many bytes are missing from LENGTH to the next item's place. */
#define FDP_PADDING(length) ((0 - (size_t)(length)) & (sizeof(size_t) - 1))

struct fdpass_msg {
	unsigned char *control; /* NULL if ancbufsize is 0 */
	size_t ancbufsize;
	size_t controllen;

	uint32_t *offsets; /* where each item begins */
	size_t count;
	int walk_state;

	int *fds; /* descriptors that are the message's, negated errnos, FDPASS_TAKEN */
	size_t fd_count;
	int pidfd;

	int flags;
	socklen_t addrlen;
	struct sockaddr_storage address; /* all zero beyond addrlen */
};

/* What has to be known to make a call again that the kernel would not do yet. */
struct fdp_retry {
	const struct fdpass_wait *wait;
	int sock;
	int flags;	    /* the caller's own */
	short events;	    /* what poll(2) is to wait for */
	short seen;	    /* what it last said */
	unsigned fruitless; /* how often in a row the call would not, although poll said it would */
};

/* msg.c: makes what arrived in the first controllen bytes of MSG's control buffer the message's own. */
void fdp_msg_adopt(struct fdpass_msg *msg);

/* msg.c: closes all descriptors but the first MAXFDS and cuts the items that held them. Returns how many slots went. */
size_t fdp_msg_limit(struct fdpass_msg *msg, size_t maxfds);

/* wait.c: the flags to add to a call's, so that it returns in time to look at the deadline. */
int fdp_wait_flags(const struct fdpass_wait *wait);

/*
 * wait.c: called after a call failed with errno. Returns 1 if it is to be made again, having waited if there was reason
 * to; 0 if it failed for good, errno saying why.
 */
int fdp_wait_again(struct fdp_retry *retry);

/* wait.c: an integer socket option of SOL_SOCKET, or -1. errno is kept. */
int fdp_sock_option(int sock, int option);

#endif
