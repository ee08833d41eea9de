/* SPDX-License-Identifier: ISC */
/* Handing a message on, and keeping what could not be handed on yet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "relay/internal.h"

struct held {
	struct held *next;
	struct parcel parcel; /* data and fds point behind it */
	size_t fd_count;      /* still open here */
	int fds[];
};

static ssize_t
send_once(int fd, const struct parcel *p, const struct sockaddr *address, socklen_t addrlen)
{
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (p->urgent ? MSG_OOB : 0);
	struct iovec data = { (void *)(uintptr_t)p->data, p->length };
	struct fdpass_cmsg items[2];
	size_t count = 0;

	if (p->fd_count == 0 && !p->has_cred && address == NULL)
		return send(fd, p->data, p->length, flags);
	if (p->has_cred)
		items[count++] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = &p->cred,
			.length = sizeof(p->cred) };
	if (p->fd_count > 0)
		items[count++] = (struct fdpass_cmsg){ .level = SOL_SOCKET, .type = SCM_RIGHTS, .data = p->fds,
			.length = p->fd_count * sizeof(int) };
	return fdpass_sendmsg(fd, &data, 1, items, count, flags, address, addrlen, NULL);
}

/* A sender may have asked for more room than a socket has by default. */
static bool
room_made(int fd, size_t length)
{
	int before = 0, after = 0, wanted = length < INT32_MAX / 2 ? (int)length + 64 : INT32_MAX / 2;
	socklen_t size = sizeof(before);

	(void)getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &before, &size);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
	(void)getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &after, &size);
	return after > before;
}

/* True if PARCEL can be sent after all, without what is refused and can be missed. */
static bool
send_differently(int fd, struct parcel *p)
{
	switch (errno) {
	case EINTR:
		return true;
	case ESRCH:
		/* The sender is gone, and the kernel lets nobody speak for a process that does not exist. */
		if (!p->has_cred || p->cred.pid == getpid())
			return false;
		p->cred.pid = getpid();
		return true;
	case EPERM:
	case EINVAL:
		if (!p->has_cred)
			return false;
		p->has_cred = false;
		return true;
	case EOPNOTSUPP:
		if (!p->urgent)
			return false;
		p->urgent = false;
		return true;
	case EMSGSIZE:
		return !p->stream && room_made(fd, p->length);
	default:
		return false;
	}
}

static enum hand
send_failed(struct loop *l, const struct parcel *p, uint64_t connection)
{
	switch (errno) {
	case EAGAIN:
		return HAND_BLOCKED;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		return HAND_LATER;
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
	case ENOENT:
		return HAND_GONE;
	case EPERM:
		if (p->fd_count > 0) {
			loop_say(l, connection, "the receiver refuses descriptors: %zu did not arrive", p->fd_count);
			return HAND_REFUSED;
		}
		break;
	default:
		break;
	}
	loop_say(l, connection, "cannot hand on a message of %zu bytes and %zu descriptors: %s", p->length, p->fd_count,
	    strerror(errno));
	return HAND_REFUSED;
}

enum hand
parcel_hand(struct loop *l, int fd, struct parcel *p, uint64_t connection, const struct sockaddr *address,
    socklen_t addrlen)
{
	ssize_t sent;

	for (;;) {
		sent = send_once(fd, p, address, addrlen);
		if (sent == -1) {
			if (send_differently(fd, p))
				continue;
			return send_failed(l, p, connection);
		}
		/* They went with the first byte. */
		if (p->fd_count > 0)
			p->fds += p->fd_count;
		p->fd_count = 0;
		if (!p->stream || (size_t)sent >= p->length)
			return HAND_DONE;
		p->data += sent;
		p->length -= (size_t)sent;
	}
}

struct held *
held_new(struct loop *l, const struct parcel *parcel)
{
	struct held *held;
	char *data;
	size_t i;

	held = malloc(sizeof(*held) + parcel->fd_count * sizeof(int) + parcel->length);
	if (held == NULL)
		return NULL;
	data = (char *)(held->fds + parcel->fd_count);
	memcpy(data, parcel->data, parcel->length);
	held->parcel = *parcel;
	held->parcel.data = data;
	held->parcel.fds = held->fds;
	held->fd_count = parcel->fd_count;
	held->next = NULL;
	for (i = 0; i < parcel->fd_count; i++) {
		held->fds[i] = parcel->fds[i];
		/* Those of a batch are not the message's any more. */
		if (fdpass_msg_fd(l->msg, i) == parcel->fds[i])
			(void)fdpass_msg_take_fd(l->msg, i);
	}
	l->held += held->fd_count;
	return held;
}

static void
held_close(struct loop *l, struct held *held)
{
	drop_all(held->fds, held->fd_count);
	l->held -= held->fd_count;
	held->fd_count = 0;
}

enum hand
held_hand(struct loop *l, struct held *held, int fd, uint64_t connection, const struct sockaddr *address,
    socklen_t addrlen)
{
	enum hand result = parcel_hand(l, fd, &held->parcel, connection, address, addrlen);

	if (held->parcel.fd_count == 0)
		held_close(l, held);
	return result;
}

struct held **
held_next(struct held *held)
{
	return &held->next;
}

struct held *
held_end(struct loop *l, struct held *held)
{
	struct held *next = held->next;

	held_close(l, held);
	free(held);
	return next;
}

void
held_free(struct loop *l, struct held *held)
{
	while (held != NULL)
		held = held_end(l, held);
}
