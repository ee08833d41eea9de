/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <time.h>

#include "base/helper.h"
#include "base/no_auto_init.h"
#include "net/receive.h"
#include "inspect/fd.h"
#include "inspect/message.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "receive/message_check.h"
#include "receive/delivery.h"
#include "receive/incoming.h"

#define PIECE_MIN     32768 /* minimum size of a piece of a long write that the kernel has split, in bytes */
#define PIECE_TIMEOUT 100   /* maximum time to wait for the next piece of a long write, in milliseconds */

/* Fills *MESSAGE with the properties of the received message, and calls message_inspect(). */
static void
make_message(const struct receiver *r, const struct connection *c, ssize_t nbytes, struct message *message)
{
	*message = (struct message){ .number = r->messages,
		.connection = c->number,
		.direction = DIRECTION_NONE,
		.nbytes = nbytes,
		.buffers = r->buffers,
		.buffer_count = r->buffer_count,
		.scattered = r->options->buffers != NULL,
		.msg = r->msg,
		.peer = c->peer.known ? &c->peer_cred : NULL,
		.domain = c->domain,
		.type = c->type,
		.flags = r->options->flags,
		.asked_cloexec = (r->options->flags & MSG_CMSG_CLOEXEC) != 0,
		.peer_fd = c->fd,
		.fds = r->fds };
	if (r->dump != NULL)
		(void)clock_gettime(CLOCK_REALTIME, &message->time);
	message_inspect(message);
}

static void
show(struct receiver *r, const struct message *message)
{
	r->dump->out.deadline = r->deadline;
	/*
	 * The buffered output is written first, because a helper may need a long time to query the descriptors in this
	 * message. If this write fails, the next flush reports the error.
	 */
	if (helper_active())
		(void)outbuf_flush(&r->dump->out);
	dump_message(r->dump, message);
}

/* Closes the descriptors that the current message still owns, without blocking. */
static void
close_descriptors(struct receiver *r)
{
	NO_AUTO_INIT int fds[FDPASS_MAX_FDS];
	size_t i, n = 0;

	for (i = 0; i < fdpass_msg_fd_count(r->msg) && n < FDPASS_MAX_FDS; i++)
		if (fdpass_msg_fd(r->msg, i) >= 0)
			fds[n++] = fdpass_msg_take_fd(r->msg, i);
	if (n > 0)
		fd_close_all(fds, n);
}

/*
 * Like close_descriptors(), but uses the results of message_inspect() to determine which descriptors can be closed
 * without a helper.
 */
static void
close_inspected(struct receiver *r)
{
	NO_AUTO_INIT int slow[FDPASS_MAX_FDS];
	size_t i, n = 0;

	for (i = 0; i < fdpass_msg_fd_count(r->msg) && n < FDPASS_MAX_FDS; i++)
		if (fdpass_msg_fd(r->msg, i) >= 0 && fd_close_may_block(&r->fds->slots[i]))
			slow[n++] = fdpass_msg_take_fd(r->msg, i);
	helper_close(slow, n);
	fdpass_msg_done(r->msg);
}

/*
 * Returns true if messages are only counted, so that their descriptors can be closed later, in batches. Returns false
 * for datagrams, because successive datagrams can come from different peers. Also returns false if MSG_WAITALL is set,
 * because receiver_idle() is then not called before a wait.
 */
static bool
closes_later(const struct receiver *r, const struct connection *c)
{
	return !r->gathers && r->dump == NULL && r->target.kind == SINK_DISCARD && c->type != SOCK_DGRAM &&
	    (r->options->flags & MSG_WAITALL) == 0;
}

static void
discard_descriptors(struct receiver *r, const struct connection *c)
{
	if (closes_later(r, c))
		discard_add(&r->discard, c->number, r->msg);
	else
		close_descriptors(r);
}

/* Returns true if all descriptors and data that the options request for a command have been collected. */
static bool
is_complete(const struct receiver *r, const struct delivery *delivery)
{
	if (r->target.until_eof || (r->options->until != NULL && !delivery->until.seen))
		return false;
	if (r->gathers || r->options->fds_set)
		return delivery->seen >= receiver_fds_min(r, delivery);
	return r->options->until != NULL;
}

/*
 * Counts the descriptors in the current message. If a command needs the descriptors, moves them to the delivery (the
 * descriptors and data that are collected for the command).
 */
static int
keep_descriptors(struct receiver *r, struct connection *c, struct fail *fail)
{
	struct delivery *delivery = c->delivery;
	size_t count = fdpass_msg_fd_count(r->msg);

	if (count == 0 || (r->options->request & REQUEST_NO_RIGHTS) != 0)
		return 0;
	delivery->seen += count;
	/* For a datagram socket, the sender has already been determined from the credentials in the datagram. */
	if (!delivery->peer.known && c->type != SOCK_DGRAM)
		delivery->peer = c->peer;
	if (check_count(r, delivery, fail) == -1)
		return -1;
	return r->gathers ? delivery_gather(delivery, r->msg, fail) : 0;
}

/*
 * Writes the LENGTH data bytes of the current message to the destination (--data), except the line that contains the
 * names of the descriptors.
 */
static int
keep_data(struct receiver *r, struct connection *c, size_t length, struct fail *fail)
{
	struct delivery *delivery = c->delivery;
	const char *data = r->buffers[0].iov_base;
	struct iovec rest;
	ssize_t line;

	r->target.deadline = r->deadline;
	if (r->options->until != NULL)
		until_add(&delivery->until, r->options->until, data, length);
	if (options_take_names(r->options) && delivery->name_text == NULL) {
		line = delivery_take_names(delivery, data, length, fail);
		if (line == -1)
			return -1;
		/*
		 * The buffers are contiguous in memory, so one iovec is sufficient for the data after the line with the
		 * names.
		 */
		rest = (struct iovec){ r->memory + line, length - (size_t)line };
		return rest.iov_len == 0 ? 0 : sink_put(&delivery->sink, &rest, 1, rest.iov_len, fail);
	}
	/*
	 * The data of this message has already been shown, and must not be counted as dropped, so the data is not added
	 * to the sink.
	 */
	if (r->dump != NULL && r->target.kind == SINK_DISCARD)
		return 0;
	return sink_put(&delivery->sink, r->buffers, r->buffer_count, length, fail);
}

/* Returns true if a command must get all data of a write, and the write may continue after a piece of PIECE bytes. */
static bool
goes_on(const struct receiver *r, const struct connection *c, ssize_t piece)
{
	return piece >= PIECE_MIN && c->type == SOCK_STREAM && c->domain == AF_UNIX && r->gathers &&
	    r->target.kind != SINK_DISCARD && !r->options->keep_socket && r->options->until == NULL;
}

/*
 * Receives the remaining pieces of a long write that the kernel has split. The descriptors have arrived with the first
 * piece. The other pieces follow immediately, and the last one is shorter. A piece with descriptors is the beginning of
 * another write.
 */
static int
take_pieces(struct receiver *r, struct connection *c, ssize_t piece, struct fail *fail)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	struct message message;
	char byte;
	struct iovec first = { &byte, 1 };

	while (goes_on(r, c, piece) && poll(&pfd, 1, PIECE_TIMEOUT) == 1) {
		if (receive_message(c->fd, r->msg, &first, 1, MSG_PEEK | MSG_DONTWAIT, NULL) <= 0)
			break;
		if (fdpass_msg_fd_count(r->msg) > 0) {
			close_descriptors(r);
			break;
		}
		piece = connection_receive(c, r, MSG_DONTWAIT, NULL);
		if (piece <= 0)
			break;
		r->messages++;
		progress_count(0, (size_t)piece);
		if (r->dump != NULL) {
			make_message(r, c, piece, &message);
			show(r, &message);
		}
		if (sink_put(&c->delivery->sink, r->buffers, r->buffer_count, (size_t)piece, fail) == -1)
			return -1;
	}
	return 0;
}

static enum recv_result
keep(struct receiver *r, struct connection *c, const struct message *message, struct fail *fail)
{
	if (check_message(r, message, fail) == -1 || keep_data(r, c, message->valid, fail) == -1 ||
	    keep_descriptors(r, c, fail) == -1)
		return RECV_ERROR;
	if (!is_complete(r, c->delivery))
		return RECV_MESSAGE;
	return take_pieces(r, c, message->nbytes, fail) == -1 ? RECV_ERROR : RECV_DONE;
}

/*
 * Like keep(), but adds the message to the delivery of its sender (the descriptors and data that are collected for one
 * command). If --keep is set, continues after a refused message.
 */
static enum recv_result
keep_datagram(struct receiver *r, struct connection *c, const struct message *message, struct fail *fail)
{
	struct delivery *delivery = c->delivery;
	struct peer sender;
	enum recv_result got;
	uint64_t seen;

	if (r->gathers) {
		peer_of_message(r->msg, &sender);
		if (incomplete_select(&r->incomplete, delivery, &sender, c->domain, !r->options->spawn, fail) == -1)
			return RECV_ERROR;
	}
	seen = delivery->seen;
	got = keep(r, c, message, fail);
	if (got == RECV_MESSAGE && r->gathers)
		incomplete_check(delivery, c->domain);
	if (got != RECV_ERROR || !r->options->keep || fail->err != 0)
		return got;
	msg_log("message %llu: %s", (unsigned long long)r->messages, fail->text);
	if (r->fds != NULL)
		close_inspected(r);
	if (r->gathers)
		delivery_reset(delivery);
	else
		delivery->seen = seen;
	return RECV_MESSAGE;
}

/*
 * If the current message is a datagram from a sender that is not allowed, closes the descriptors of the datagram and
 * returns true. The caller neither shows nor counts such a datagram.
 */
static bool
is_strangers_datagram(struct receiver *r, const struct connection *c, struct fail *fail)
{
	if (c->type != SOCK_DGRAM || !access_needs_peer(&r->access_control) || check_sender(r, fail) == 0)
		return false;
	msg_log("%s", fail->text);
	close_descriptors(r);
	return true;
}

enum recv_result
incoming_take(struct receiver *r, struct connection *c, ssize_t nbytes, struct fail *fail)
{
	struct message message;
	enum recv_result got;
	bool slow;

	if (is_strangers_datagram(r, c, fail))
		return RECV_MESSAGE;
	r->messages++;
	r->messages_left -= r->messages_left != UNLIMITED;
	progress_count(fdpass_msg_fd_count(r->msg), (size_t)nbytes);
	make_message(r, c, nbytes, &message);
	if (r->dump != NULL)
		show(r, &message);
	/*
	 * The output is written before the descriptors in the message are closed, because a close may block, and
	 * because another process that detects the close may expect that the output has been written.
	 */
	slow = r->dump != NULL && message.close_may_block;
	if (slow && receiver_flush(r, fail) == -1)
		got = RECV_ERROR;
	else
		got = c->type == SOCK_DGRAM ? keep_datagram(r, c, &message, fail) : keep(r, c, &message, fail);
	if (r->fds == NULL)
		discard_descriptors(r, c);
	else if (message.close_may_block || got == RECV_ERROR)
		close_inspected(r);
	return got == RECV_MESSAGE && r->messages_left == 0 ? RECV_END : got;
}

enum recv_result
incoming_end(struct receiver *r, const struct connection *c, struct fail *fail)
{
	struct delivery *delivery = c->delivery;

	if (r->options->until != NULL && !delivery->until.seen && delivery->seen > 0) {
		(void)fail_msg(fail, "refused: end of file before the text of --until");
		return RECV_ERROR;
	}
	if (r->target.until_eof && (r->gathers || r->options->fds_set) &&
	    delivery->seen >= receiver_fds_min(r, delivery))
		return RECV_DONE;
	return RECV_END;
}
