/* SPDX-License-Identifier: ISC */
/*
 * Copies a message of a stopped thread into a message object of this process. Copies its control data and duplicates
 * its descriptors. The program and its descriptors are not changed.
 */
#ifndef WATCH_CAPTURE_H
#define WATCH_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "inspect/message.h"
#include "watch/header.h"
#include "watch/internal.h"

/*
 * A message that is being captured. Before the call of captured_fill(), the caller sets the members up to UNREADABLE.
 */
struct captured {
	struct watch *watch;
	struct tracee *tracee;
	const struct call *call;
	struct header header;
	bool sent;
	bool unreadable; /* the msghdr could not be read */
	size_t spent;	 /* number of descriptors duplicated for this message */
	bool has_buffers;
	size_t buffer_count;
	struct message message;
	struct message_origin origin;
	struct iovec buffers[1];
};

/*
 * Fills the message object. RESULT is the return value of the traced system call. CRED is memory for the credentials of
 * the peer.
 */
void captured_fill(struct captured *copy, int64_t result, struct ucred *cred);

/*
 * Removes the duplicated descriptors from the message. Closes them without blocking, in the same way as descriptors
 * from untrusted peers.
 */
void captured_release(struct captured *copy);

/* Returns the number of bytes that the call returns if it sends all data. */
int64_t captured_length(struct captured *copy);

#endif
