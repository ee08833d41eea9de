/* SPDX-License-Identifier: ISC */
/* Receives datagrams, and the credentials of their senders, from clients that use sd_notify(3). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/fd.h"
#include "hold/command.h"
#include "hold/handover.h"
#include "hold/internal.h"

#define DRAIN_MOST 4096
/*
 * Limits for one call of the event handler: number of messages, and time in nanoseconds. When a limit is reached, the
 * event loop handles other events first.
 */
#define BATCH 16
#define TURN  5000000

static void
who(char *text, size_t size, const struct sender *sender)
{
	if (sender->peer.known)
		(void)snprintf(text, size, "pid %d, uid %u", (int)sender->peer.pid, (unsigned int)sender->peer.uid);
	else
		(void)snprintf(text, size, "an unknown sender");
}

static void
refuse(struct hold *h, const struct sender *sender, const struct fail *fail)
{
	char text[64];

	who(text, sizeof(text), sender);
	hold_warn(h, "message from %s: %s", text, fail->text);
}

/*
 * Reports that FDLIST, FDGET and FDTAKE are not supported on datagram sockets. Logs the error. If the client has an
 * address, sends the error to the client, because the client may be waiting for an answer.
 */
static void
refuse_request(struct hold *h, int fd, enum notify_request request, const struct sender *sender)
{
	socklen_t length = 0;
	const struct sockaddr *address = fdpass_msg_address(h->msg, &length);
	struct fail fail;
	char text[sizeof(fail.text) + 32];

	(void)fail_msg(&fail, "%s needs a stream or seqpacket socket (hold --type)", notify_request_word(request));
	refuse(h, sender, &fail);
	(void)snprintf(text, sizeof(text), "ERRNO=%d\nSTATUS=%s\n", EOPNOTSUPP, fail.text);
	if (address != NULL && length > sizeof(address->sa_family))
		(void)sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, address, length);
}

/*
 * Handles BARRIER=1. The descriptors in the BARRIER=1 message are closed after all earlier messages have been
 * processed. If messages have been forwarded to the service manager, the descriptors stay open until the service
 * manager has processed them, too.
 */
static void
barrier(struct hold *h, const int *fds, size_t count)
{
	static const char text[] = "BARRIER=1";

	if (h->upstream.used && count == 1)
		(void)upstream_send(h, text, sizeof(text) - 1, fds, count);
	fd_close_all(fds, count);
}

/* Handles a request that was received from socket FD. Sends answers only for errors. Takes ownership of FDS. */
static void
perform(struct hold *h, int fd, const struct notify *n, const struct sender *sender, const int *fds, size_t count)
{
	struct fail fail;
	size_t removed;

	switch (n->request) {
	case NOTIFY_STORE:
		if (n->bad_name)
			hold_warn(h,
			    "FDNAME= is not a valid name (at most 255 printable ASCII characters, no colon): "
			    "stored as " NOTIFY_NAME_DEFAULT);
		if (request_store(h, n, &sender->peer, fds, count, &fail) == -1)
			refuse(h, sender, &fail);
		return;
	case NOTIFY_REMOVE:
		if (request_remove(h, n, &sender->peer, &removed, &fail) == -1)
			refuse(h, sender, &fail);
		break;
	case NOTIFY_BARRIER:
		barrier(h, fds, count);
		return;
	case NOTIFY_NONE:
		if (count > 0)
			hold_warn(h, "a message with %zu descriptor%s has no line FDSTORE=1: closed", count,
			    count == 1 ? "" : "s");
		break;
	case NOTIFY_HANDOVER:
		if (count == 1) {
			if (handover_to_other(h, &sender->peer, fds[0], &fail) == -1)
				refuse(h, sender, &fail);
			return;
		}
		(void)fail_msg(
		    &fail, "FDHANDOVER=1 must be sent with one descriptor: the socket that receives the state");
		refuse(h, sender, &fail);
		break;
	case NOTIFY_LIST:
	case NOTIFY_GET:
	case NOTIFY_TAKE:
		refuse_request(h, fd, n->request, sender);
		break;
	}
	fd_close_all(fds, count);
}

static void
message_received(struct hold *h, int fd, const struct sender *sender, size_t length)
{
	struct notify n;
	struct fail fail;
	size_t count;
	int *fds;

	if (request_check(h, sender, h->msg, &fail) == -1 || notify_parse(&n, h->buffer, length, &fail) == -1 ||
	    (fds = msg_take(h->msg, &count, &fail)) == NULL) {
		refuse(h, sender, &fail);
		return;
	}
	request_others(h, &n, sender, h->buffer, length);
	perform(h, fd, &n, sender, fds, count);
	free(fds);
}

/* Receives and handles one message from the socket. Returns false if no message is queued. */
static bool
message_receive(struct hold *h, int fd)
{
	struct sender sender = { .is_command = fd == h->private_socket.fd };
	struct fail fail;
	ssize_t n;

	n = hold_receive(h, fd, h->buffer, NOTIFY_MESSAGE_MAX, NULL);
	if (n == -1)
		return false;
	peer_of_message(h->msg, &sender.peer);
	if (sender.is_command && !command_is_sender(h, &sender.peer)) {
		(void)fail_msg(&fail, "refused: the sender is neither the command nor a descendant of it");
		refuse(h, &sender, &fail);
	} else
		message_received(h, fd, &sender, (size_t)n);
	msg_discard(h->msg);
	return true;
}

void
dgram_drain(struct watch *watch)
{
	struct hold *h = watch->owner;
	int count = 0;

	/* Without the limit DRAIN_MOST, clients that send continuously could keep this process in the loop. */
	while (count++ < DRAIN_MOST && message_receive(h, watch->fd))
		;
}

void
dgram_ready(struct watch *watch, uint32_t events)
{
	struct hold *h = watch->owner;
	int64_t end = fdpass_deadline(TURN);
	int count;

	(void)events;
	for (count = 0; count < BATCH && !h->loop.stop; count++)
		if (!message_receive(h, watch->fd) || fdpass_deadline(0) >= end)
			break;
}
