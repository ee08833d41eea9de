/* SPDX-License-Identifier: ISC */
/*
 * Receives messages. Each message is received by one call of recvmsg(2), and owns the descriptors that arrived with it.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fdpass.h"
#include "lib/internal.h"

/* Returns the poll(2) events after which recvmsg(2) with FLAGS does not block. */
static short
receive_events(int sock, int flags)
{
	/*
	 * No event is needed to wait for the error queue, because poll(2) always reports POLLERR. AF_UNIX sockets have
	 * no error queue; for them, recvmsg(2) with MSG_ERRQUEUE returns ordinary data.
	 */
	if ((flags & MSG_ERRQUEUE) && fdp_sock_option(sock, SO_DOMAIN) != AF_UNIX)
		return 0;
	if (flags & MSG_OOB)
		return POLLPRI;
	/* At end of file, poll(2) reports a stream socket as readable, and recvmsg(2) returns 0. */
	return fdp_sock_option(sock, SO_TYPE) == SOCK_DGRAM ? POLLIN | POLLRDHUP : POLLIN;
}

/*
 * Calls recvmsg(2) with ALL as its flags, and repeats the call after each wait. FLAGS is the argument of the library
 * function.
 */
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
	 * If a datagram socket was shut down for reading, a blocking recvmsg(2) returns 0, but a non-blocking
	 * recvmsg(2) fails with EAGAIN.
	 */
	hdr->msg_namelen = 0;
	hdr->msg_controllen = 0;
	hdr->msg_flags = 0;
	return 0;
}

/*
 * Returns true if errno means that an AF_PACKET socket does not support MSG_CMSG_CLOEXEC. AF_PACKET sockets deliver no
 * descriptors, so MSG_CMSG_CLOEXEC is not needed.
 */
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
	/* The count is converted to a narrow type, because the width of msg_iovlen differs between C libraries. */
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
	/* msg_iov does not point to const, but the kernel does not modify this array. */
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
