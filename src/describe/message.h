/* SPDX-License-Identifier: ISC */
/* A received message told in full: data, flags, sender, each control message, each descriptor, each problem. */
#ifndef DESCRIBE_MESSAGE_H
#define DESCRIBE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "lib/fdpass.h"
#include "emit/emit.h"

enum message_direction { DIRECTION_NONE, DIRECTION_IN, DIRECTION_OUT };

struct message {
	uint64_t number, connection; /* from 1 */
	enum message_direction direction;
	struct timespec time;	     /* CLOCK_REALTIME of its arrival */
	ssize_t nbytes;		     /* what recvmsg returned */
	const struct iovec *buffers; /* where the data is; what is valid of them follows from nbytes */
	size_t buffer_count;
	bool scattered;		      /* --buffers was given: tell each buffer too */
	const struct fdpass_msg *msg; /* may have had descriptors taken: then they are told from taken_fds */
	const struct ucred *peer;     /* of the connection, or NULL */
	int domain, type;	      /* of the socket it came from */
	int flags;		      /* asked of recvmsg, without MSG_CMSG_CLOEXEC */
	bool asked_cloexec;	      /* the user asked for MSG_CMSG_CLOEXEC: then its echo is told */
	bool end_of_file;	      /* the connection ended here */
	int peer_fd;		      /* the socket, for problems that need a look at it; -1 if none */
	bool *slow_close;	      /* set if closing one of the descriptors told may block; or NULL */
};

/* Tells the message as one object, a line of JSON or a paragraph of text. */
void message_describe(struct emit *e, const struct message *message);

/*
 * True if descriptors were lost in it; WHY (of SIZE bytes) then says so in the user's words: our buffer, RLIMIT_NOFILE
 * with its value, or a security policy.
 */
bool message_lost_descriptors(const struct message *message, char *why, size_t size);

#endif
