/* SPDX-License-Identifier: ISC */
/*
 * Received descriptors that are neither shown nor passed on. Closing them in batches takes fewer system calls, in
 * particular if a close may block and a helper process does it.
 */
#ifndef RECEIVE_DISCARD_H
#define RECEIVE_DISCARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "lib/fdpass.h"

#define DISCARD_MAX (64 + FDPASS_MAX_FDS) /* 64, and those of one message */

/* Descriptors of one connection that are to be closed. Initialize to zero. */
struct discard {
	int fds[DISCARD_MAX];
	size_t count;
	uint64_t connection;
	rlim_t limit; /* RLIMIT_NOFILE; 0: not known yet */
};

/*
 * Takes over the descriptors that MSG, which arrived on CONNECTION, still owns. Descriptors from another connection are
 * closed first, so that a close that hangs delays only descriptors of the same peer. All are closed if there are many,
 * or if the next message may need their numbers.
 */
void discard_add(struct discard *discard, uint64_t connection, struct fdpass_msg *msg);

/* Closes all, without blocking. */
void discard_close(struct discard *discard);

#endif
