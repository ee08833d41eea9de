/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "describe/fd.h"
#include "hold/client.h"
#include "hold/handover.h"
#include "hold/internal.h"

#define SECOND		  INT64_C(1000000000)
#define REQUEST_LIMIT	  (10 * SECOND) /* time limit for receiving a client's request */
#define MORE_LIMIT	  (SECOND / 10) /* time limit for each message of a request after the first one */
#define ACCEPT_BATCH	  16
#define CLIENTS_MOST	  256
#define CLIENTS_OF_UID	  64  /* maximum number of connected clients of one user who does not own the store */
#define CLIENTS_OF_OTHERS 128 /* maximum number of connected clients of all users who do not own the store */
#define DRAIN_MOST	  64  /* maximum number of messages that are discarded before a socket is closed */

/* --- ending a connection */

static void
give_back(struct client *c)
{
	size_t i;

	for (i = 0; i < c->taken_count; i++) {
		store_give_back(c->taken[i]);
		store_release(c->taken[i]);
	}
	if (c->taken_count > 0)
		hold_log(c->hold,
		    "pid %d did not receive the descriptors that it took: %zu descriptor%s returned to the store",
		    (int)c->peer.pid, c->taken_count, c->taken_count == 1 ? "" : "s");
	c->taken_count = 0;
}

/*
 * Reads and discards the queued messages. Returns true if the end of file was reached. Returns false for seqpacket
 * sockets, where an empty message cannot be distinguished from the end of file.
 */
static bool
drain(struct hold *h, int fd)
{
	ssize_t n = 1;
	int count;

	for (count = 0; count < DRAIN_MOST && n > 0; count++) {
		n = fdpass_recvmsg(fd, h->msg, h->buffer, sizeof(h->buffer), MSG_DONTWAIT, NULL);
		msg_discard(h->msg);
	}
	return n == 0 && h->endpoint->type == SOCK_STREAM;
}

/*
 * Calls shutdown(2), so that no further messages enter the receive queue of FD, empties the queue, and closes FD.
 * Without this, closing FD while the queue contains data would reset the connection, and the client could lose the
 * answer. Closing FD would also close the descriptors in the queue, and could block.
 */
static void
close_socket(struct hold *h, int fd)
{
	(void)shutdown(fd, SHUT_RD);
	if (drain(h, fd))
		(void)close(fd);
	else
		fd_close_all(&fd, 1);
}

void
client_close(struct client *c)
{
	struct hold *h = c->hold;
	int fd = c->watch.fd;

	give_back(c);
	loop_unwatch(&h->loop, &c->watch);
	loop_timer_cancel(&h->loop, &c->timer);
	if (c->handed_over)
		(void)close(fd);
	else
		close_socket(h, fd);
	fd_close_all(c->fds, c->fd_count);
	free(c->fds);
	free(c->taken);
	chunk_free(&c->chunk);
	*(c->previous != NULL ? &c->previous->next : &h->clients) = c->next;
	if (c->next != NULL)
		c->next->previous = c->previous;
	h->client_count--;
	free(c);
	handover_continue(h);
}

void
clients_close(struct hold *h)
{
	while (h->clients != NULL)
		/* client_close() removes the client from the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		client_close(h->clients);
}

/* --- requests */

/* Moves the descriptors of the received message to the client's list of descriptors. Returns 0, or -1 with *FAIL. */
static int
gather(struct client *c, struct fail *fail)
{
	size_t count;
	int *fds = msg_take(c->hold->msg, &count, fail), *bigger;

	if (fds == NULL)
		return -1;
	bigger = reallocarray(c->fds, c->fd_count + count + 1, sizeof(*bigger));
	if (bigger == NULL || c->fd_count + count > c->hold->store.max) {
		(void)fail_msg(fail, "the store keeps at most %zu descriptors", c->hold->store.max);
		fail->err = EXFULL;
		fd_close_all(fds, count);
		free(fds);
		c->fds = bigger != NULL ? bigger : c->fds;
		return -1;
	}
	memcpy(bigger + c->fd_count, fds, count * sizeof(*fds));
	c->fds = bigger;
	c->fd_count += count;
	free(fds);
	return 0;
}

static bool
is_filler(const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length && bytes[i] == '\0'; i++)
		;
	return i == length;
}

/*
 * Returns true if the client's request is complete. If a client sends more descriptors than fit into one message, the
 * descriptors arrive in several messages. The second and later messages contain a filler byte or the remaining data of
 * the request.
 */
static bool
is_complete(const struct client *c, size_t count)
{
	struct notify n;
	struct fail ignored;

	if (count >= FDPASS_MAX_FDS)
		return false;
	return notify_parse(&n, c->text, c->length, &ignored) == -1 || n.request != NOTIFY_NONE || n.other_count > 0;
}

static void
refuse(struct client *c, const struct fail *fail)
{
	answer_refuse(c, fail, true);
	c->state = CLIENT_ANSWERED;
	answer_continue(c);
}

static void
message_received(struct client *c, size_t length)
{
	struct hold *h = c->hold;
	struct sender sender = { .peer = c->peer };
	size_t count = fdpass_msg_fd_count(h->msg);
	struct fail fail;

	if (request_check(h, &sender, h->msg, &fail) == -1 || gather(c, &fail) == -1) {
		msg_discard(h->msg);
		refuse(c, &fail);
		return;
	}
	if (c->length == 0 || !is_filler(c->text + c->length, length))
		c->length += length;
	if (c->length >= NOTIFY_MESSAGE_MAX) {
		(void)fail_msg(&fail, "the request is longer than %d bytes", NOTIFY_MESSAGE_MAX);
		fail.err = EMSGSIZE;
		refuse(c, &fail);
	} else if (is_complete(c, count))
		answer_begin(c);
	else
		loop_timer_set(&h->loop, &c->timer, MORE_LIMIT);
}

static void
read_request(struct client *c)
{
	struct hold *h = c->hold;
	ssize_t n;

	n = hold_receive(h, c->watch.fd, c->text + c->length, NOTIFY_MESSAGE_MAX - c->length, NULL);
	/*
	 * If the connection was reset, recvmsg(2) on a seqpacket socket fails with ECONNRESET once. Further calls still
	 * return the messages that the client sent before the reset.
	 */
	if (n == -1 && errno == ECONNRESET)
		n = hold_receive(h, c->watch.fd, c->text + c->length, NOTIFY_MESSAGE_MAX - c->length, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1)
		client_close(c);
	else if (n > 0 || fdpass_msg_fd_count(h->msg) > 0)
		message_received(c, (size_t)n);
	else if (c->length > 0 || c->fd_count > 0)
		answer_begin(c);
	else
		client_close(c);
	msg_discard(h->msg);
}

static void
client_ready(struct watch *watch, uint32_t events)
{
	struct client *c = watch->owner;

	switch (c->state) {
	case CLIENT_READS:
		read_request(c);
		break;
	case CLIENT_ANSWERED:
		answer_continue(c);
		break;
	case CLIENT_RECEIVING:
		answer_check_received(c);
		break;
	}
	(void)events;
}

/*
 * Called when the time limit of a client expires. If the client has sent a part of its request, answers the request,
 * because the request is probably complete. If the client has sent nothing, or does not read the answer, disconnects
 * the client.
 */
static void
client_expired(struct timer *timer)
{
	struct client *c = timer->owner;

	if (c->state == CLIENT_READS && (c->length > 0 || c->fd_count > 0)) {
		answer_begin(c);
		return;
	}
	hold_log(c->hold, "pid %d, uid %u timed out and was disconnected", (int)c->peer.pid, (unsigned int)c->peer.uid);
	client_close(c);
}

/* --- accepting connections */

/*
 * Disconnects the client that has been connected longest without sending any data. If PEER is not NULL, considers only
 * clients of the same user.
 */
static bool
make_room(struct hold *h, const struct peer *peer)
{
	struct client *c, *oldest = NULL;

	for (c = h->clients; c != NULL; c = c->next)
		if (c->state == CLIENT_READS && c->length == 0 && (peer == NULL || c->peer.uid == peer->uid))
			oldest = c;
	if (oldest == NULL)
		return false;
	hold_log(h, "pid %d, uid %u was disconnected to accept another client", (int)oldest->peer.pid,
	    (unsigned int)oldest->peer.uid);
	client_close(oldest);
	return true;
}

/*
 * Returns true if the limits on the number of clients permit a connection from PEER. The users who do not own the store
 * share a lower limit, so that the owner can still connect.
 */
static bool
has_room(struct hold *h, const struct peer *peer)
{
	const struct client *c;
	size_t others = 0, same = 0;

	if (request_is_owner(h, peer))
		return h->client_count < CLIENTS_MOST || make_room(h, NULL);
	for (c = h->clients; c != NULL; c = c->next)
		if (!request_is_owner(h, &c->peer)) {
			others++;
			same += c->peer.uid == peer->uid;
		}
	if (same >= CLIENTS_OF_UID)
		return make_room(h, peer);
	return others < CLIENTS_OF_OTHERS;
}

static int
admit(struct hold *h, const struct peer *peer, struct fail *fail)
{
	if (h->options->admit != NULL && h->options->admit(h->options->arg, peer, fail) == -1)
		return -1;
	if (!has_room(h, peer))
		return fail_msg(
		    fail, "refused: too many connections (pid %d, uid %u)", (int)peer->pid, (unsigned int)peer->uid);
	return 0;
}

static int
client_open(struct hold *h, int fd, const struct peer *peer, struct fail *fail)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return fail_errno(fail, "cannot serve the client");
	c->hold = h;
	c->peer = *peer;
	c->watch = (struct watch){ .fd = -1, .ready = client_ready, .owner = c };
	c->timer = (struct timer){ .expired = client_expired, .owner = c };
	if (loop_watch(&h->loop, &c->watch, fd, EPOLLIN) == -1) {
		(void)fail_errno(fail, "cannot serve the client");
		free(c);
		return -1;
	}
	c->next = h->clients;
	if (c->next != NULL)
		c->next->previous = c;
	h->clients = c;
	h->client_count++;
	loop_timer_set(&h->loop, &c->timer, REQUEST_LIMIT);
	return 0;
}

void
client_accept(struct watch *watch, uint32_t events)
{
	struct hold *h = watch->owner;
	struct peer peer;
	struct fail fail;
	int fd, count;

	(void)events;
	for (count = 0; count < ACCEPT_BATCH; count++) {
		fd = endpoint_accept(h->endpoint, fdpass_deadline(0));
		if (fd == -1 && errno == ETIMEDOUT)
			return;
		if (fd == -1) {
			/* No descriptor or memory is available, so the connection stays in the listen queue. */
			hold_listen_later(h);
			return;
		}
		peer_of_socket(fd, &peer);
		if (admit(h, &peer, &fail) == -1 || client_open(h, fd, &peer, &fail) == -1) {
			hold_warn(h, "%s", fail.text);
			fd_close_all(&fd, 1);
		}
	}
}
