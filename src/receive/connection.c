/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/helper.h"
#include "net/discard.h"
#include "net/peek.h"
#include "net/receive.h"
#include "cli/message.h"
#include "receive/ancbuf.h"
#include "receive/connection.h"
#include "receive/receiver.h"

#define ERRORS_MAX 16 /* after this number of consecutive socket errors, the queue of the socket is treated as empty */

static int
find_type(struct connection *c, const struct receiver *r, struct fail *fail)
{
	socklen_t length = sizeof(int);

	c->domain = r->domain;
	c->type = r->type;
	if (r->type != 0)
		return 0;
	if (getsockopt(c->fd, SOL_SOCKET, SO_DOMAIN, &c->domain, &length) == -1 ||
	    getsockopt(c->fd, SOL_SOCKET, SO_TYPE, &c->type, &length) == -1)
		return fail_errno(fail, "cannot determine the type of socket %d", c->fd);
	return 0;
}

/*
 * Checks whether the peer of a connection is allowed. Does nothing for datagram sockets, because their senders are
 * checked for each datagram.
 */
static int
judge_peer(struct connection *c, const struct receiver *r, struct fail *fail)
{
	if (c->domain == AF_UNIX && (r->gathers || r->dump != NULL || access_needs_peer(&r->access_control)))
		peer_of_socket(c->fd, &c->peer);
	c->peer_cred = (struct ucred){ .pid = c->peer.pid, .uid = c->peer.uid, .gid = c->peer.gid };
	if (c->type == SOCK_DGRAM || access_peer(&r->access_control, &c->peer, fail) == 0)
		return 0;
	c->refused = true;
	return -1;
}

int
connection_open(struct connection *c, struct receiver *r, int fd, bool ours, uint64_t number, struct delivery *delivery,
    struct fail *fail)
{
	*c = (struct connection){
		.fd = fd, .ours = ours, .number = number, .peer = PEER_UNKNOWN, .delivery = delivery
	};
	if (find_type(c, r, fail) == -1 || receiver_check(r, c->type, fail) == -1 || judge_peer(c, r, fail) == -1) {
		connection_close(c);
		return -1;
	}
	/*
	 * If several peers can send, data from one peer must not be written before all data and descriptors for its
	 * command have arrived.
	 */
	r->target.holds = r->gathers && (c->type == SOCK_DGRAM || r->options->keep);
	return 0;
}

int
connection_accept(struct connection *c, struct receiver *r, const struct endpoint *ep, struct delivery *delivery,
    int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail)
{
	int fd;

	for (;;) {
		fd = endpoint_accept(ep, r->deadline);
		if (fd == -1)
			return fail_errno(fail, "accept");
		if (prepare != NULL && prepare(fd, arg, fail) == -1) {
			socket_discard(fd);
			return -1;
		}
		if (connection_open(c, r, fd, true, 1, delivery, fail) == 0)
			return 0;
		if (!c->refused)
			return -1;
		msg_log("%s", fail->text);
	}
}

int
connection_half_close(const struct connection *c, const struct options *options, struct fail *fail)
{
	if (options->half_close && shutdown(c->fd, SHUT_WR) == -1)
		return fail_errno(fail, "cannot half-close the connection");
	return 0;
}

void
connection_close(struct connection *c)
{
	if (c->ours && c->fd != -1 && c->shared)
		helper_close(&c->fd, 1);
	else if (c->ours && c->fd != -1)
		socket_discard(c->fd);
	c->fd = -1;
}

/*
 * Returns true if errno is ECONNRESET and the socket is a seqpacket socket whose queue may still contain messages. A
 * sender that closes its socket before it has read all data resets the connection. recvmsg(2) on a stream socket fails
 * with ECONNRESET after all queued data, but on a seqpacket socket, recvmsg(2) fails with ECONNRESET once before the
 * queued messages.
 */
static bool
is_early_reset(struct connection *c)
{
	if (errno != ECONNRESET || c->type != SOCK_SEQPACKET || c->reset)
		return false;
	c->reset = true;
	return true;
}

/*
 * Returns true if errno is a pending error of a datagram socket, such as an ICMP error for a datagram that was sent
 * from this socket. recvmsg(2) returns a pending error once, before the datagrams in the queue.
 */
static bool
is_early_error(const struct connection *c, int flags)
{
	return c->type == SOCK_DGRAM && (flags & MSG_ERRQUEUE) == 0 && errno != EAGAIN && errno != EINTR &&
	    errno != ETIMEDOUT;
}

/*
 * Receives the next queued datagram after the socket has returned the pending error ERR. Fails with ERR if the queue is
 * empty. Ignores further pending errors of the socket.
 */
static ssize_t
receive_despite_error(struct connection *c, const struct receiver *r, struct fdpass_msg *msg, int flags, int err)
{
	ssize_t n;
	int tries = 0;

	do
		n = receive_message(c->fd, msg, r->buffers, r->buffer_count, flags | MSG_DONTWAIT, NULL);
	while (n == -1 && errno != EAGAIN && ++tries < ERRORS_MAX);
	c->error = n == -1 ? 0 : err;
	if (n == -1)
		errno = err;
	return n;
}

/* Like receive_message(), but returns a pending socket error only after all queued messages have been received. */
static ssize_t
receive_in_order(
    struct connection *c, const struct receiver *r, struct fdpass_msg *msg, int flags, const struct fdpass_wait *until)
{
	ssize_t n;

	if (c->error != 0)
		return receive_despite_error(c, r, msg, flags, c->error);
	do
		n = receive_message(c->fd, msg, r->buffers, r->buffer_count, flags, until);
	while (n == -1 && is_early_reset(c));
	return n == -1 && is_early_error(c, flags) ? receive_despite_error(c, r, msg, flags, errno) : n;
}

ssize_t
connection_receive(struct connection *c, const struct receiver *r, int flags, const struct fdpass_wait *until)
{
	ssize_t n;

	/*
	 * With MSG_PEEK, the large control buffer is not needed: the kernel returns copies of descriptors that stay in
	 * the queue, so closing surplus copies cannot block.
	 */
	bool whole = r->whole != NULL && c->domain == AF_UNIX && (flags & MSG_PEEK) == 0;

	if (whole)
		fdpass_msg_done(r->msg);
	n = receive_in_order(c, r, whole ? r->whole : r->msg, flags, until);
	if (whole && n != -1)
		ancbuf_truncate(r->whole, r->msg);
	return n;
}

/* Returns true if the sender has closed its socket or shut down its sending direction. */
static bool
is_hung_up(const struct connection *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN | POLLRDHUP };
	int ready = poll(&pfd, 1, 0);

	return ready == -1 || (ready == 1 && (pfd.revents & (POLLRDHUP | POLLHUP)) != 0);
}

/*
 * Returns true if a result of 0 bytes from a stream socket means end of file. A stream has no empty messages, but
 * recvmsg(2) with an empty buffer also returns 0.
 */
static bool
stream_is_end(const struct receiver *r)
{
	return receiver_room(r) > 0 || (r->options->flags & MSG_PEEK) != 0;
}

/*
 * Returns true if a result of 0 bytes from a seqpacket socket means end of file, because the queue is empty and the
 * sender has hung up. If the last message in the queue was an empty message, recvmsg(2) returns the same result as for
 * end of file, unless the message has control messages or was truncated.
 */
static bool
seqpacket_is_end(struct connection *c, const struct receiver *r)
{
	int waiting;

	if (fdpass_msg_count(r->msg) > 0 || (fdpass_msg_flags(r->msg) & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    !is_hung_up(c))
		return false;
	do
		waiting = peek_message(c->fd);
	while (waiting == -1 && is_early_reset(c));
	/* If the peek has failed with another error, the next recvmsg(2) will fail with the same error. */
	return waiting == 0;
}

bool
connection_is_end(struct connection *c, const struct receiver *r)
{
	if (fdpass_msg_fd_count(r->msg) > 0 || (r->options->flags & MSG_ERRQUEUE) != 0)
		return false;
	switch (c->type) {
	case SOCK_STREAM:
		return stream_is_end(r);
	case SOCK_SEQPACKET:
		return seqpacket_is_end(c, r);
	default:
		/* Datagram sockets have no end of file: a result of 0 bytes is an empty datagram. */
		return false;
	}
}
