/* SPDX-License-Identifier: ISC */
/*
 * Receives messages from untrusted peers. If no descriptor number is free for a received descriptor, the kernel closes
 * this descriptor during recvmsg(2). Closing a descriptor from an untrusted peer can block (see base/helper.h).
 */
#ifndef NET_RECEIVE_H
#define NET_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "lib/fdpass.h"

/* Maximum number of descriptors in one message, plus the number of descriptors that this process needs temporarily. */
#define RECEIVE_RESERVE (FDPASS_MAX_FDS + 32)

/*
 * Returns the number of descriptor numbers below LIMIT (RLIMIT_NOFILE) that must stay free when a connection is
 * accepted: RECEIVE_RESERVE or half of LIMIT, whichever is less.
 */
static inline uint64_t
receive_reserve(uint64_t limit)
{
	return limit / 2 < RECEIVE_RESERVE ? limit / 2 : RECEIVE_RESERVE;
}

/* Returns true if enough descriptor numbers are free for any message. */
bool receive_has_room(void);

/*
 * Returns true if a connection can be accepted and enough descriptor numbers for any message will still be free. If
 * RLIMIT_NOFILE is low, fewer free descriptor numbers are sufficient.
 */
bool receive_may_accept(void);

/*
 * Like fdpass_recvmsg_into(). If there may be too few free descriptor numbers for the message, a helper calls
 * recvmsg(2), so that only the helper can block. Unless FLAGS contains MSG_PEEK, the control buffer of MSG must have
 * FDPASS_ANCBUFSIZE bytes, because the kernel closes descriptors that do not fit into a smaller control buffer.
 */
ssize_t receive_message(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

#endif
