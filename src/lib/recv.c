/* SPDX-License-Identifier: ISC */
/*
 * Receiving: one recvmsg(2) per message, which then owns all descriptors that arrived.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fdpass.h"
#include "lib/internal.h"

/* Returns the events of poll(2) after which the call with these FLAGS does not block. */
static short
receive_events(int sock, int flags)
{
	/* POLLERR needs no request. AF_UNIX has no error queue and returns ordinary data instead. */
	if ((flags & MSG_ERRQUEUE) && fdp_sock_option(sock, SO_DOMAIN) != AF_UNIX)
		return 0;
	if (flags & MSG_OOB)
		return POLLPRI;
	/* A stream at its end is readable and returns 0. */
	return fdp_sock_option(sock, SO_TYPE) == SOCK_DGRAM ? POLLIN | POLLRDHUP : POLLIN;
}

/* Calls recvmsg(2) with the flags ALL, and again after each wait. FLAGS are those of the caller. */
static ssize_t
receive_again(int sock, struct msghdr *hdr, int all, int flags, const struct fdpass_wait *wait)
{
	struct fdp_retry retry = { .wait = wait, .sock = sock, .flags = flags };
	ssize_t got;

	retry.events = receive_events(sock, flags);
	while (fdp_wait_again(&retry))
		if ((got = recvmsg(sock, hdr, all)) != -1)
			return got;
	if (errno != EAGAIN || !(retry.seen & POLLRDHUP))
		return -1;
	/*
	 * On a datagram socket shut down for reading, a blocking call returns 0 and a non-blocking one fails with
	 * EAGAIN.
	 */
	hdr->msg_namelen = 0;
	hdr->msg_controllen = 0;
	hdr->msg_flags = 0;
	return 0;
}

/* Returns true if AF_PACKET has refused MSG_CMSG_CLOEXEC as an unknown flag. It delivers no descriptors. */
static bool
refuses_cloexec(int sock, int flags)
{
	return errno == EINVAL && !(flags & MSG_CMSG_CLOEXEC) && fdp_sock_option(sock, SO_DOMAIN) == AF_PACKET;
}

static ssize_t
receive(
    int sock, struct fdpass_msg *msg, struct iovec *buffers, size_t count, int flags, const struct fdpass_wait *wait)
{
	struct msghdr hdr;
	int all = flags | MSG_CMSG_CLOEXEC | fdp_wait_flags(wait);
	ssize_t got;

	memset(&hdr, 0, sizeof(hdr));
	hdr.msg_name = &msg->address;
	hdr.msg_namelen = sizeof(msg->address);
	hdr.msg_iov = buffers;
	/* Narrow types, because the width of these members differs between C libraries. */
	hdr.msg_iovlen = (unsigned short)count;
	hdr.msg_control = msg->control;
	hdr.msg_controllen = (socklen_t)msg->ancbufsize;
	got = recvmsg(sock, &hdr, all);
	if (got == -1 && refuses_cloexec(sock, flags)) {
		all &= ~MSG_CMSG_CLOEXEC;
		got = recvmsg(sock, &hdr, all);
	}
	if (got == -1)
		got = receive_again(sock, &hdr, all, flags, wait);
	if (got == -1)
		return -1;

	msg->flags = hdr.msg_flags;
	msg->addrlen = hdr.msg_namelen < sizeof(msg->address) ? hdr.msg_namelen : sizeof(msg->address);
	msg->controllen = hdr.msg_controllen;
	if (msg->controllen > 0)
		fdp_msg_adopt(msg);
	return got;
}

ssize_t
fdpass_recvmsg(int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, int flags, const struct fdpass_wait *wait)
{
	struct iovec buffer = { buf, bufsize };

	fdpass_msg_done(msg);
	return receive(sock, msg, &buffer, 1, flags, wait);
}

ssize_t
fdpass_recvmsg_into(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait)
{
	fdpass_msg_done(msg);
	if (count > FDP_IOV_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	/* struct msghdr has no const members; the kernel only reads the array. */
	return receive(sock, msg, (struct iovec *)(uintptr_t)buffers, count, flags, wait);
}

ssize_t
fdpass_recv_fds(int sock, struct fdpass_msg *msg, void *buf, size_t bufsize, size_t maxfds, int flags,
    const struct fdpass_wait *wait)
{
	struct iovec buffer = { buf, bufsize };
	ssize_t got;

	fdpass_msg_done(msg);
	if (msg->ancbufsize < sizeof(struct fdp_header) ||
	    maxfds > (msg->ancbufsize - sizeof(struct fdp_header)) / sizeof(int)) {
		errno = EINVAL;
		return -1;
	}
	got = receive(sock, msg, &buffer, 1, flags, wait);
	if (got != -1 && fdp_msg_limit(msg, maxfds) > 0)
		msg->flags |= MSG_CTRUNC;
	return got;
}
