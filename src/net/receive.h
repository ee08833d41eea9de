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
 * Returns how many descriptor numbers below LIMIT (RLIMIT_NOFILE) must stay free when a connection is accepted:
 * RECEIVE_RESERVE, but at most half of LIMIT.
 */
static inline uint64_t
receive_reserve(uint64_t limit)
{
	return limit / 2 < RECEIVE_RESERVE ? limit / 2 : RECEIVE_RESERVE;
}

/* Returns true if enough descriptor numbers are free for any message. */
bool receive_has_room(void);

/*
 * Returns true if another connection can be accepted, because enough descriptor numbers for any message will still be
 * free. If RLIMIT_NOFILE is low, fewer free numbers are sufficient.
 */
bool receive_may_accept(void);

/*
 * Like fdpass_recvmsg_into(). If too few descriptor numbers may be free for the message, a helper makes the call, so
 * that only the helper can block. MSG must have a control buffer of FDPASS_ANCBUFSIZE bytes, or FLAGS must contain
 * MSG_PEEK. The kernel could close descriptors that do not fit into a smaller control buffer.
 */
ssize_t receive_message(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

#endif
