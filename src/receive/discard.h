/* SPDX-License-Identifier: ISC */
/*
 * Collects received descriptors that are neither shown nor passed on, and closes them in batches. This takes fewer
 * system calls, in particular if a close may block and is made by a helper process.
 */
#ifndef RECEIVE_DISCARD_H
#define RECEIVE_DISCARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "lib/fdpass.h"

#define DISCARD_MAX (64 + FDPASS_MAX_FDS) /* 64, plus the descriptors of one message */

/* Descriptors of one connection that will be closed. Must be initialized to zero. */
struct discard {
	int fds[DISCARD_MAX];
	size_t count;
	uint64_t connection;
	rlim_t limit; /* RLIMIT_NOFILE; 0: not read yet */
};

/*
 * Takes ownership of the remaining descriptors of MSG, which was received on CONNECTION. Descriptors of another
 * connection are closed first. Therefore, a close that blocks delays only descriptors of the same peer. If there are
 * many descriptors, or if the next message may need their numbers, all are closed.
 */
void discard_add(struct discard *discard, uint64_t connection, struct fdpass_msg *msg);

/* Closes all collected descriptors without blocking. */
void discard_close(struct discard *discard);

#endif
