/* SPDX-License-Identifier: ISC */
/* Forwards messages, and stores the remaining parts of messages that could not be forwarded completely. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "relay/internal.h"

struct pending {
	struct pending *next;
	struct relay_message message; /* message.data and message.fds point into this allocation */
	size_t fd_count;	      /* number of elements of fds, the descriptors that must be closed */
	int fds[];
};

static ssize_t
send_once(int fd, const struct relay_message *p, const struct sockaddr *address, socklen_t addrlen)
{
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (p->urgent ? MSG_OOB : 0);
	struct iovec data = { (void *)(uintptr_t)p->data, p->length };
	struct fdpass_cmsg items[2];
	size_t count = 0;

	if (p->fd_count == 0 && !p->has_cred && address == NULL)
		return send(fd, p->data, p->length, flags);
	if (p->has_cred)
		items[count++] = (struct fdpass_cmsg){
			.level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = &p->cred, .length = sizeof(p->cred)
		};
	if (p->fd_count > 0)
		items[count++] = (struct fdpass_cmsg){
			.level = SOL_SOCKET, .type = SCM_RIGHTS, .data = p->fds, .length = p->fd_count * sizeof(int)
		};
	return fdpass_sendmsg(fd, &data, 1, items, count, flags, address, addrlen, NULL);
}

/*
 * Enlarges the send buffer of FD for a message of LENGTH bytes. The default size may be too small, because the sender
 * can use a larger send buffer. Returns true on success.
 */
static bool
sndbuf_grow(int fd, size_t length)
{
	int before = 0, after = 0, wanted = length < INT32_MAX / 2 ? (int)length + 64 : INT32_MAX / 2;
	socklen_t size = sizeof(before);

	(void)getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &before, &size);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
	(void)getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &after, &size);
	return after > before;
}

/*
 * Called after sending P has failed with the errno ERR. If P's credentials or urgent flag caused the error, changes or
 * removes them; if P is too long, enlarges the send buffer. Returns true if the caller must try to send P again.
 */
static bool
send_differently(const struct loop *l, int fd, struct relay_message *p, int err)
{
	switch (err) {
	case EINTR:
		return true;
	case ESRCH:
	case EPERM:
	case EINVAL:
		return creds_reduce(l, p);
	case EOPNOTSUPP:
		if (!p->urgent)
			return false;
		p->urgent = false;
		return true;
	case EMSGSIZE:
		return !p->stream && sndbuf_grow(fd, p->length);
	default:
		return false;
	}
}

static enum forward_result
send_failed(struct loop *l, const struct relay_message *p, uint64_t connection, int err)
{
	switch (err) {
	case EAGAIN:
		return FORWARD_BLOCKED;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		return FORWARD_LATER;
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
	case ENOENT:
		return FORWARD_GONE;
	case EPERM:
		if (p->fd_count > 0) {
			loop_warn(l, connection,
			    "%zu descriptors were not forwarded because the receiver refuses them (SO_PASSRIGHTS)",
			    p->fd_count);
			return FORWARD_REFUSED;
		}
		break;
	default:
		break;
	}
	if ((err == EPERM || err == EINVAL) && p->has_cred) {
		loop_warn(l, connection, "cannot forward the credentials of a sender: %s", strerror(err));
		return FORWARD_REFUSED;
	}
	loop_warn(l, connection, "cannot forward a message of %zu bytes and %zu descriptors: %s", p->length,
	    p->fd_count, strerror(err));
	return FORWARD_REFUSED;
}

enum forward_result
message_forward(struct loop *l, int fd, struct relay_message *p, uint64_t connection, const struct sockaddr *address,
    socklen_t addrlen)
{
	ssize_t sent;
	int err;

	for (;;) {
		sent = send_once(fd, p, address, addrlen);
		if (sent == -1) {
			err = errno;
			if (send_differently(l, fd, p, err))
				continue;
			return send_failed(l, p, connection, err);
		}
		/*
		 * The kernel sends the descriptors with the first byte, so they are not sent again with the remaining
		 * data.
		 */
		if (p->fd_count > 0)
			p->fds += p->fd_count;
		p->fd_count = 0;
		if (!p->stream || (size_t)sent >= p->length)
			return FORWARD_DONE;
		p->data += sent;
		p->length -= (size_t)sent;
	}
}

struct pending *
pending_new(struct loop *l, const struct relay_message *message)
{
	struct pending *pending;
	char *data;
	size_t i;

	pending = malloc(sizeof(*pending) + message->fd_count * sizeof(int) + message->length);
	if (pending == NULL)
		return NULL;
	data = (char *)(pending->fds + message->fd_count);
	memcpy(data, message->data, message->length);
	pending->message = *message;
	pending->message.data = data;
	pending->message.fds = pending->fds;
	pending->fd_count = message->fd_count;
	pending->next = NULL;
	for (i = 0; i < message->fd_count; i++) {
		pending->fds[i] = message->fds[i];
		/*
		 * The descriptors of a batch are no longer in loop->msg, so only the descriptors that loop->msg still
		 * contains are moved to the pending message.
		 */
		if (fdpass_msg_fd(l->msg, i) == message->fds[i])
			(void)fdpass_msg_take_fd(l->msg, i);
	}
	l->pending += pending->fd_count;
	return pending;
}

static void
pending_close(struct loop *l, struct pending *pending, bool forwarded)
{
	if (forwarded)
		close_copies(l, pending->fds, pending->fd_count);
	else
		close_received(pending->fds, pending->fd_count);
	l->pending -= pending->fd_count;
	pending->fd_count = 0;
}

enum forward_result
pending_forward(struct loop *l, struct pending *pending, int fd, uint64_t connection, const struct sockaddr *address,
    socklen_t addrlen)
{
	enum forward_result result = message_forward(l, fd, &pending->message, connection, address, addrlen);

	if (pending->message.fd_count == 0)
		pending_close(l, pending, true);
	return result;
}

struct pending **
pending_next(struct pending *pending)
{
	return &pending->next;
}

struct pending *
pending_end(struct loop *l, struct pending *pending)
{
	struct pending *next = pending->next;

	pending_close(l, pending, false);
	free(pending);
	return next;
}

void
pending_free(struct loop *l, struct pending *pending)
{
	while (pending != NULL)
		pending = pending_end(l, pending);
}
