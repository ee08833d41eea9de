/* SPDX-License-Identifier: ISC */
/*
 * Receiving from untrusted peers. Descriptors that find no free number are closed by the kernel during recvmsg(2), and
 * closing a stranger's descriptor may block (base/helper.h).
 */
#ifndef NET_RECEIVE_H
#define NET_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "lib/fdpass.h"

/* Number of descriptors that one message can contain, plus those that this process needs temporarily. */
#define RECEIVE_RESERVE (FDPASS_MAX_FDS + 32)

/* Returns the number of descriptors below LIMIT that connections must leave free: fewer if the limit is very low. */
static inline uint64_t
receive_reserve(uint64_t limit)
{
	return limit / 2 < RECEIVE_RESERVE ? limit / 2 : RECEIVE_RESERVE;
}

/* Returns true if the descriptors of any message can be opened. */
bool receive_has_room(void);

/*
 * Returns true if another connection may be accepted: afterwards there is still room for the descriptors of any
 * message, or, with a very low limit, for some.
 */
bool receive_may_accept(void);

/*
 * Does the same as fdpass_recvmsg_into(). If there may be too few free numbers for the descriptors of a message, the
 * call is made in a helper, so that only the helper can block. MSG must have a control buffer of FDPASS_ANCBUFSIZE
 * bytes, or FLAGS must contain MSG_PEEK: otherwise the kernel may close descriptors that do not fit.
 */
ssize_t receive_message(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait);

#endif
