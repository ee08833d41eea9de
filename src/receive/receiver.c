/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/hot_data.h"
#include "net/discard.h"
#include "net/peek.h"
#include "inspect/fd.h"
#include "inspect/message.h"
#include "describe/message.h"
#include "cli/progress.h"
#include "cli/setup_timeout.h"
#include "receive/accept_policy.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"

static struct dump_output dump_output;

#define PIECE_MIN      32768 /* what the kernel puts into one piece of a long write at least */
#define PIECE_PATIENCE 100   /* ms */

/* For the buffers of the first receiver, if they are not larger than usual: what is not used of it costs nothing. */
#define USUAL_BUFFER 262144
static char usual_buffer[USUAL_BUFFER + 1];
static bool usual_buffer_taken HOT_DATA;

/*
 * Without a command, what arrives is shown, unless its data was given somewhere to go. Where standard output is the data's
 * or the command's, the dump goes to standard error.
 */
static void
choose_dump(struct receiver *r)
{
	const struct options *o = r->options;
	bool silent = r->gathers || r->target.given;
	int fd = r->gathers || r->target.kind == SINK_STDOUT ? STDERR_FILENO : STDOUT_FILENO;

	if (o->dump == DUMP_UNSET && silent)
		return;
	dump_open(&dump_output, o->dump == DUMP_UNSET ? DUMP_TEXT : o->dump, fd, o);
	r->dump = &dump_output;
}

static int
make_buffers(struct receiver *r, struct fail *fail)
{
	const struct options *o = r->options;
	size_t i, total = 0;
	char *p;

	r->buffer_count = o->buffers != NULL ? o->buffer_count : 1;
	r->buffers = calloc(r->buffer_count, sizeof(*r->buffers));
	if (r->buffers == NULL)
		return fail_errno(fail, "buffers");
	for (i = 0; i < r->buffer_count; i++) {
		r->buffers[i].iov_len = o->buffers != NULL ? o->buffers[i] : o->bufsize;
		total += r->buffers[i].iov_len;
	}
	if (total <= USUAL_BUFFER && !usual_buffer_taken) {
		usual_buffer_taken = true;
		p = usual_buffer;
	} else if ((p = r->memory = malloc(total + 1)) == NULL)
		return fail_errno(fail, "a buffer of %zu bytes", total);
	for (i = 0; i < r->buffer_count; p += r->buffers[i++].iov_len)
		r->buffers[i].iov_base = p;
	return 0;
}

int
receiver_init(struct receiver *r, const struct options *o, const char *dest, bool gathers, struct fail *fail)
{
	int rc;

	*r = (struct receiver){ .options = o,
		.gathers = gathers,
		.fds_min = o->fds_min,
		.fds_max = o->fds_max,
		.messages_left = o->messages != 0 ? o->messages : UNLIMITED,
		.deadline = o->timeout != -1 ? fdpass_deadline(o->timeout) : FDPASS_NEVER };
	if (!o->fds_set && o->place_count > 0)
		r->fds_min = o->place_count;
	/* A message that is only looked at comes again and again. */
	if ((o->flags & MSG_PEEK) != 0 && o->messages == 0)
		r->messages_left = 1;
	if (sink_parse(&r->target, dest, fail) == -1)
		return -1;
	setup_timeout_begin(r->deadline, "the file for the data could not be opened in time (--timeout)");
	rc = sink_prepare(&r->target, fail);
	setup_timeout_end();
	if (rc == -1)
		return -1;
	r->target.option = o->reply_set ? "--reply=DEST" : "--data";
	if (make_buffers(r, fail) == -1 || guard_init(&r->guard, o, fail) == -1)
		return -1;
	choose_dump(r);
	/* Where only the data counts, the kernel drops all else: no descriptor comes that would have to be closed. */
	r->blind = !r->gathers && r->dump == NULL && !o->fds_set && o->require == NULL && !o->verbose &&
	    !guard_asks_peer(&r->guard);
	r->msg = fdpass_msg_new(r->blind ? 0 : o->ancbufsize);
	if (r->msg == NULL)
		return fail_errno(fail, "a control buffer of %zu bytes", o->ancbufsize);
	if ((r->dump != NULL || o->require != NULL) && (r->fds = malloc(sizeof(*r->fds))) == NULL)
		return fail_errno(fail, "room for descriptors");
	return 0;
}

void
receiver_done(struct receiver *r)
{
	fd_cache_drop();
	fdpass_msg_free(r->msg);
	free(r->fds);
	sink_unprepare(&r->target);
	guard_done(&r->guard);
	free(r->buffers);
	free(r->memory);
}

int
receiver_flush(struct receiver *r, struct fail *fail)
{
	return r->dump != NULL ? dump_flush(r->dump, fail) : 0;
}

int
receiver_idle(struct receiver *r, struct fail *fail)
{
	helper_reap();
	fd_cache_drop();
	return receiver_flush(r, fail);
}

/* A peer that the kernel does not know has no uid; one of another pid namespace has no pid here. */
bool
receiver_ask_peer(int fd, struct ucred *peer)
{
	socklen_t length = sizeof(*peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length) == 0 && peer->uid != (uid_t)-1;
}

size_t
receiver_room(const struct receiver *r)
{
	size_t i, room = 0;

	for (i = 0; i < r->buffer_count; i++)
		room += r->buffers[i].iov_len;
	return room;
}

int
receiver_check(const struct receiver *r, int type, struct fail *fail)
{
	if (type != SOCK_STREAM || r->messages_left != UNLIMITED || (r->options->flags & MSG_ERRQUEUE) != 0 ||
	    receiver_room(r) > 0)
		return 0;
	return fail_msg(fail,
	    "a buffer of 0 bytes takes nothing from a stream, again and again (%s; --messages ends it)",
	    r->options->buffers != NULL ? "--buffers" : "--bufsize");
}

int
connection_open(struct connection *c, struct receiver *r, int fd, bool ours, uint64_t number, struct delivery *shared,
    struct fail *fail)
{
	bool wants_peer = r->gathers || r->dump != NULL || guard_asks_peer(&r->guard);
	socklen_t length = sizeof(int);

	*c = (struct connection){ .fd = fd, .ours = ours, .number = number };
	c->delivery = shared != NULL ? shared : &c->own;
	c->domain = r->domain;
	c->type = r->type;
	if (r->type == 0 &&
	    (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &c->domain, &length) == -1 ||
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &c->type, &length) == -1)) {
		(void)fail_errno(fail, "ask what socket descriptor %d is", fd);
		goto bad;
	}
	if (receiver_check(r, c->type, fail) == -1)
		goto bad;
	c->peer_known = wants_peer && c->domain == AF_UNIX && receiver_ask_peer(fd, &c->peer);
	/* The sender of a datagram is only known once it is there. */
	if (c->type != SOCK_DGRAM && guard_peer(&r->guard, c->peer_known ? &c->peer : NULL, fail) == -1)
		goto bad;
	if (shared == NULL)
		sink_open(&c->own.sink, &r->target);
	return 0;
bad:
	if (ours)
		socket_discard(fd);
	c->fd = -1;
	return -1;
}

void
connection_close(struct connection *c)
{
	delivery_done(&c->own);
	if (c->ours && c->fd != -1)
		socket_discard(c->fd);
	c->fd = -1;
}

/*
 * A sender that closes without having read everything breaks the connection. A stream says so behind its data, a seqpacket
 * socket before its messages, once: those are still there.
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
 * Nothing came: was that all? A datagram may be empty; a stream cannot send nothing; of a seqpacket only the queue behind
 * can tell: an empty message that is the very last is taken for the end.
 */
static bool
is_end(const struct receiver *r, struct connection *c, bool room)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN | POLLRDHUP };
	int ready, waiting;

	if (fdpass_msg_fd_count(r->msg) > 0 || (r->options->flags & MSG_ERRQUEUE) != 0)
		return false;
	if (c->type == SOCK_STREAM)
		return room;
	if (c->type != SOCK_SEQPACKET || fdpass_msg_count(r->msg) > 0 ||
	    (fdpass_msg_flags(r->msg) & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return false;
	ready = poll(&pfd, 1, 0);
	if (ready == 0 || (ready == 1 && (pfd.revents & (POLLRDHUP | POLLHUP)) == 0))
		return false;
	do
		waiting = peek_message(c->fd);
	while (waiting == -1 && is_early_reset(c));
	/* If a look fails, so does the next receiving, or it tells. */
	return waiting == 0;
}

/* Fills *MESSAGE with what was received and inspects it. */
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
		.peer = c->peer_known ? &c->peer : NULL,
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
	/* Facts that may take long to find do not delay those that are known. An error is reported at the next flush. */
	if (helper_active())
		(void)outbuf_flush(&r->dump->out);
	message_describe(r->dump->emit, message);
}

/* Closes what the message still holds where that can hold up neither the next message nor the end. */
static void
close_in_helper(struct fdpass_msg *msg)
{
	int fds[FDPASS_MAX_FDS];
	size_t i, n = 0;

	for (i = 0; i < fdpass_msg_fd_count(msg) && n < FDPASS_MAX_FDS; i++)
		if (fdpass_msg_fd(msg, i) >= 0)
			fds[n++] = fdpass_msg_take_fd(msg, i);
	fd_close_all(fds, n);
}

/* Counts and keeps what the message brought. */
static enum recv_result
account(struct receiver *r, struct connection *c, struct fail *fail)
{
	struct delivery *delivery = c->delivery;
	bool counts = r->gathers || r->options->fds_set;

	if ((r->options->request & REQUEST_NO_RIGHTS) != 0 && fdpass_msg_fd_count(r->msg) > 0) {
		fdpass_msg_done(r->msg);
		return RECV_MESSAGE;
	}
	delivery->seen += fdpass_msg_fd_count(r->msg);
	if (!delivery->peer_known && c->peer_known && fdpass_msg_fd_count(r->msg) > 0) {
		delivery->peer = c->peer;
		delivery->peer_known = true;
	}
	if (counts && delivery->seen > r->fds_max) {
		(void)fail_msg(fail, "refused: %llu descriptors came, at most %llu are wanted (--fds)",
		    (unsigned long long)delivery->seen, (unsigned long long)r->fds_max);
		return RECV_ERROR;
	}
	if (r->gathers && delivery_gather(delivery, r->msg, fail) == -1)
		return RECV_ERROR;
	return counts && delivery->seen >= r->fds_min ? RECV_DONE : RECV_MESSAGE;
}

/* Whether PIECE may be the beginning of a longer write of which the command is to have everything. */
static bool
goes_on(const struct receiver *r, const struct connection *c, ssize_t piece)
{
	return piece >= PIECE_MIN && c->type == SOCK_STREAM && c->domain == AF_UNIX && r->gathers &&
	    r->target.kind != SINK_DISCARD && !r->options->keep_socket;
}

/*
 * The kernel takes a long write apart and puts its descriptors with the first piece. The others follow at once, until one
 * is shorter; what has descriptors of its own is another message.
 */
static int
take_pieces(struct receiver *r, struct connection *c, ssize_t piece, struct fail *fail)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	struct message message;
	char byte;

	while (goes_on(r, c, piece) && poll(&pfd, 1, PIECE_PATIENCE) == 1) {
		if (fdpass_recvmsg(c->fd, r->msg, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL) <= 0 ||
		    fdpass_msg_fd_count(r->msg) > 0)
			break;
		piece = fdpass_recvmsg_into(c->fd, r->msg, r->buffers, r->buffer_count, MSG_DONTWAIT, NULL);
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
	enum recv_result got;

	if (policy_message(r, c, message, fail) == -1)
		return RECV_ERROR;
	/* Data that was shown is not reported as dropped. */
	if ((r->dump == NULL || r->target.kind != SINK_DISCARD) &&
	    sink_put(&c->delivery->sink, r->buffers, r->buffer_count, message->valid, fail) == -1)
		return RECV_ERROR;
	got = account(r, c, fail);
	if (got == RECV_DONE && take_pieces(r, c, message->nbytes, fail) == -1)
		return RECV_ERROR;
	return got;
}

static enum recv_result
take(struct receiver *r, struct connection *c, ssize_t nbytes, struct fail *fail)
{
	struct message message;
	enum recv_result got;
	bool slow;

	r->messages++;
	r->messages_left -= r->messages_left != UNLIMITED;
	progress_count(fdpass_msg_fd_count(r->msg), (size_t)nbytes);
	make_message(r, c, nbytes, &message);
	if (r->dump != NULL)
		show(r, &message);
	/* What is shown is written before a close that may block, or that another process may be waiting for. */
	slow = r->dump != NULL && message.close_may_block;
	if (slow && receiver_flush(r, fail) == -1)
		got = RECV_ERROR;
	else
		got = keep(r, c, &message, fail);
	if (slow || got == RECV_ERROR) {
		close_in_helper(r->msg);
		fdpass_msg_done(r->msg);
	}
	if (got == RECV_MESSAGE && r->messages_left == 0)
		return RECV_END;
	return got;
}

static ssize_t
receive(struct receiver *r, struct connection *c, int flags, const struct fdpass_wait *until)
{
	ssize_t n;

	do
		n = fdpass_recvmsg_into(c->fd, r->msg, r->buffers, r->buffer_count, flags, until);
	while (n == -1 && is_early_reset(c));
	return n;
}

enum recv_result
receiver_receive(struct receiver *r, struct connection *c, bool wait, struct fail *fail)
{
	struct fdpass_wait until = { .deadline = r->deadline };
	bool tries = ((r->dump != NULL && r->dump->out.used > 0) || helper_active() || fd_cache_active()) &&
	    (r->options->flags & MSG_WAITALL) == 0;
	ssize_t n;

	/* While something shown is still to be written, or something kept open, first look whether more is there already. */
	n = receive(r, c, r->options->flags | (!wait || tries ? MSG_DONTWAIT : 0), &until);
	if (n == -1 && errno == EAGAIN && wait && tries) {
		if (receiver_idle(r, fail) == -1)
			return RECV_ERROR;
		n = receive(r, c, r->options->flags, &until);
	}
	if (n == -1) {
		if (errno == EAGAIN && !wait)
			return RECV_AGAIN;
		if (errno == ETIMEDOUT && r->deadline != FDPASS_NEVER)
			return RECV_TIMEOUT;
		(void)fail_errno(fail, "receive");
		return RECV_ERROR;
	}
	if (n == 0 && is_end(r, c, receiver_room(r) > 0 || (r->options->flags & MSG_PEEK) != 0)) {
		if (!c->reset)
			return RECV_END;
		errno = ECONNRESET;
		(void)fail_errno(fail, "receive");
		return RECV_ERROR;
	}
	return take(r, c, n, fail);
}

enum recv_result
receiver_drain(struct receiver *r, struct connection *c, struct fail *fail)
{
	enum recv_result got;

	do
		got = receiver_receive(r, c, true, fail);
	while (got == RECV_MESSAGE);
	return got;
}
