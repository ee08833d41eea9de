/* SPDX-License-Identifier: ISC */
/*
 * Receives messages from untrusted peers. If a received descriptor finds no free number, the kernel closes it during
 * recvmsg(2). Closing a descriptor of an untrusted peer can block (base/helper.h).
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
 * Returns how many descriptor numbers below LIMIT must stay free when connections are accepted. If LIMIT is low, fewer
 * must stay free.
 */
static inline uint64_t
receive_reserve(uint64_t limit)
{
	return limit / 2 < RECEIVE_RESERVE ? limit / 2 : RECEIVE_RESERVE;
}

/* Returns true if enough descriptor numbers are free for any message. */
bool receive_has_room(void);

/*
 * Returns true if another connection can be accepted. After that, enough descriptor numbers must still be free for any
 * message. With a low limit, fewer are sufficient.
 */
bool receive_may_accept(void);

/*
 * Like fdpass_recvmsg_into(). If the free descriptor numbers may not be sufficient for a message, the call is made in a
 * helper, so that only the helper can block. MSG must have a control buffer of FDPASS_ANCBUFSIZE bytes, or FLAGS must
 * contain MSG_PEEK. Otherwise, the kernel could close descriptors that do not fit into the buffer.
 */
ssize_t receive_message(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

#endif
