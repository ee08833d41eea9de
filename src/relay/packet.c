/* SPDX-License-Identifier: ISC */
/*
 * Reads messages from datagram and seqpacket sockets. Empty messages need special handling, because recvmsg(2) returns
 * 0 both for an empty message and at end of file.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "lib/fdpass.h"
#include "net/peek.h"
#include "relay/internal.h"

enum read_result
message_set_sender(const struct loop *l, int fd, struct relay_message *p, const struct peer *sender)
{
	struct peer peer;

	if (l->client_ids == CLIENT_IDS_FORWARDED) {
		p->has_cred = true;
		peer_to_ucred(sender, l->own_pid, &p->cred);
	} else if (l->client_ids == CLIENT_IDS_MUST_MATCH && !creds_cover(l, sender)) {
		peer_of_socket(fd, &peer);
		if (sender->known || !creds_cover(l, &peer))
			return READ_REFUSED;
	}
	return READ_MESSAGE;
}

/*
 * Prints a warning, only once, that descriptors have arrived in spite of --no-rights. Either the kernel cannot refuse
 * descriptors, or the descriptors were sent before the relay cleared SO_PASSRIGHTS.
 */
static void
warn_rights(struct loop *l, int fd)
{
	socklen_t length = sizeof(int);
	int passed;

	if (l->warned_rights)
		return;
	l->warned_rights = true;
	if (getsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &passed, &length) == 0 && passed == 0)
		loop_warn(
		    l, 0, "--no-rights: descriptors that were sent before the relay could refuse them are closed");
	else
		loop_warn(l, 0, "--no-rights: the kernel cannot refuse descriptors, so the relay closes them");
}

enum read_result
message_adopt(struct loop *l, int fd, struct relay_message *p)
{
	struct peer sender;
	size_t i;

	memset(p, 0, sizeof(*p));
	if (l->options->no_rights && (fdpass_msg_fd_count(l->msg) > 0 || fdpass_msg_flags(l->msg) & MSG_CTRUNC)) {
		warn_rights(l, fd);
	} else if (fdpass_msg_flags(l->msg) & MSG_CTRUNC) {
		return READ_LOST;
	} else {
		p->fds = l->fds;
		p->fd_count = fdpass_msg_fd_count(l->msg);
		for (i = 0; i < p->fd_count; i++)
			l->fds[i] = fdpass_msg_fd(l->msg, i);
	}
	if (l->client_ids == CLIENT_IDS_REPLACED)
		return READ_MESSAGE;
	peer_of_message(l->msg, &sender);
	return message_set_sender(l, fd, p, &sender);
}

/*
 * Returns true if the next message contains descriptors, but possibly too few descriptor numbers are free for these
 * descriptors.
 */
static bool
rights_wait(struct loop *l, int fd)
{
	if (loop_has_room(l) || fdpass_recvmsg_into(fd, l->peek, NULL, 0, MSG_PEEK | MSG_DONTWAIT, NULL) == -1)
		return false;
	return (fdpass_msg_flags(l->peek) & MSG_CTRUNC) != 0;
}

/* Enlarges the message buffer to the size of the next message. Returns false if there is not enough memory. */
static bool
buffer_fits(struct loop *l, int fd)
{
	int queued;

	if (ioctl(fd, FIONREAD, &queued) == -1 || (size_t)queued <= l->buffer_size)
		return true;
	return loop_grow(l, (size_t)queued) == 0;
}

enum read_result
packet_read(struct loop *l, int fd, struct relay_message *p)
{
	enum read_result result;
	struct iovec data;
	ssize_t got;

	if (rights_wait(l, fd) || !buffer_fits(l, fd))
		return READ_LATER;
	data = (struct iovec){ l->buffer, l->buffer_size };
	got = loop_receive(l, fd, l->msg, &data, 0);
	if (got == -1)
		return errno == EAGAIN || errno == EINTR ? READ_NOTHING : READ_RESET;
	result = message_adopt(l, fd, p);
	p->data = l->buffer;
	p->length = (size_t)got;
	return result;
}

enum read_result
packet_read_half(struct loop *l, struct half *from, struct relay_message *p)
{
	enum read_result result;

	if (from->hung_up && !from->foreign && l->listen_endpoint->type == SOCK_SEQPACKET &&
	    peek_message(from->watch.fd) != 1)
		return READ_END;
	result = packet_read(l, from->watch.fd, p);
	if (result == READ_NOTHING && from->hung_up)
		return READ_END;
	if (result == READ_MESSAGE && p->length == 0 && from->foreign && l->listen_endpoint->type == SOCK_SEQPACKET)
		return READ_END;
	return result;
}
