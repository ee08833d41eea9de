/* SPDX-License-Identifier: ISC */
/*
 * Collects received descriptors that are neither shown nor passed to a command, and closes them in batches. Closing a
 * batch needs fewer system calls than closing single descriptors, in particular if a helper process must close them
 * because a close may block.
 */
#ifndef RECEIVE_DISCARD_H
#define RECEIVE_DISCARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "lib/fdpass.h"

#define DISCARD_MAX (64 + FDPASS_MAX_FDS) /* 64 collected descriptors, plus the descriptors from one more message */

/* The collected descriptors, all from one connection. A struct discard must be initialized to zero. */
struct discard {
	int fds[DISCARD_MAX];
	size_t count;
	uint64_t connection;
	rlim_t limit; /* RLIMIT_NOFILE; 0: not read yet */
};

/*
 * Takes ownership of the remaining descriptors in MSG, which was received on CONNECTION. If descriptors from another
 * connection have been collected, closes them first, so that a close that blocks delays only descriptors from the same
 * peer. Closes all collected descriptors if there are many, or if the next message may need their numbers.
 */
void discard_add(struct discard *discard, uint64_t connection, struct fdpass_msg *msg);

/* Closes all collected descriptors without blocking. */
void discard_close(struct discard *discard);

#endif
