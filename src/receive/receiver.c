/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/helper.h"
#include "inspect/fd.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/setup_timeout.h"
#include "receive/incoming.h"
#include "receive/receiver.h"

/*
 * Determines whether messages are shown, and on which descriptor. By default, messages are shown unless a command runs
 * or --data is set. Messages are written to standard output, or to standard error if the command or the received data
 * uses standard output.
 */
static int
choose_dump(struct receiver *r, struct fail *fail)
{
	const struct options *o = r->options;
	bool silent = r->gathers || r->target.given;
	int fd = r->gathers || r->target.kind == SINK_STDOUT ? STDERR_FILENO : STDOUT_FILENO;

	if (o->dump == DUMP_UNSET && silent)
		return 0;
	r->dump = malloc(sizeof(*r->dump));
	if (r->dump == NULL)
		return fail_errno(fail, "cannot allocate the output buffer");
	dump_open(r->dump, o->dump == DUMP_UNSET ? DUMP_TEXT : o->dump, fd, o);
	return 0;
}

int
receiver_check_shown(const struct options *o, const char *dest, bool gathers)
{
	static const char *const limits[] = { "only-fds", "max-data" };
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (o->dump == DUMP_UNSET && (gathers || dest != NULL) && options_given(o, limits[i]))
			return msg_usage("--%s needs --dump-cmsg or --json", limits[i]);
	return EXIT_DONE;
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
		return fail_errno(fail, "cannot allocate the list of buffers");
	for (i = 0; i < r->buffer_count; i++) {
		r->buffers[i].iov_len = o->buffers != NULL ? o->buffers[i] : o->bufsize;
		total += r->buffers[i].iov_len;
	}
	p = r->memory = malloc(total + 1);
	if (p == NULL)
		return fail_errno(fail, "cannot allocate a buffer of %zu bytes", total);
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
	fd_limit_raise();
	/* With MSG_PEEK, only one message is received, because each further call would return the same message. */
	if ((o->flags & MSG_PEEK) != 0 && o->messages == 0)
		r->messages_left = 1;
	if (sink_parse(&r->target, dest, fail) == -1)
		return -1;
	setup_timeout_begin(r->deadline, "timed out before the file for the data could be opened");
	rc = sink_prepare(&r->target, fail);
	setup_timeout_end();
	if (rc == -1)
		return -1;
	r->target.option = o->reply_set ? "--reply=DEST" : "--data";
	if (make_buffers(r, fail) == -1 || access_init(&r->access_control, o, fail) == -1 || choose_dump(r, fail) == -1)
		return -1;
	r->msg = fdpass_msg_new(o->ancbufsize);
	if (o->ancbufsize < FDPASS_ANCBUFSIZE)
		r->whole = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	if (r->msg == NULL || (o->ancbufsize < FDPASS_ANCBUFSIZE && r->whole == NULL))
		return fail_errno(fail, "cannot allocate a control buffer of %zu bytes", o->ancbufsize);
	if (o->until != NULL && (r->peek = fdpass_msg_new(0)) == NULL)
		return fail_errno(fail, "cannot allocate a control buffer");
	if ((r->dump != NULL || o->require != NULL) && (r->fds = malloc(sizeof(*r->fds))) == NULL)
		return fail_errno(fail, "cannot allocate memory for the properties of descriptors");
	return 0;
}

void
receiver_done(struct receiver *r)
{
	fd_cache_drop();
	discard_close(&r->discard);
	incomplete_done(&r->incomplete);
	fdpass_msg_free(r->msg);
	fdpass_msg_free(r->whole);
	fdpass_msg_free(r->peek);
	free(r->fds);
	if (r->dump != NULL)
		dump_close(r->dump);
	free(r->dump);
	sink_target_done(&r->target);
	access_done(&r->access_control);
	free(r->buffers);
	free(r->memory);
}

int
receiver_flush(struct receiver *r, struct fail *fail)
{
	if (r->dump == NULL)
		return 0;
	r->dump->out.deadline = r->deadline;
	return dump_flush(r->dump, fail);
}

int
receiver_idle(struct receiver *r, struct fail *fail)
{
	helper_reap();
	fd_cache_drop();
	discard_close(&r->discard);
	return receiver_flush(r, fail);
}

size_t
receiver_room(const struct receiver *r)
{
	size_t i, room = 0;

	for (i = 0; i < r->buffer_count; i++)
		room += r->buffers[i].iov_len;
	return room;
}

uint64_t
receiver_fds_min(const struct receiver *r, const struct delivery *delivery)
{
	return delivery->name_count > 0 && !r->options->fds_set ? delivery->name_count : r->fds_min;
}

int
receiver_check(const struct receiver *r, int type, struct fail *fail)
{
	if (type == SOCK_DGRAM && r->target.until_eof)
		return fail_msg(fail, "%s=...,eof: a datagram socket has no end of file", r->target.option);
	if (type != SOCK_STREAM || r->messages_left != UNLIMITED || (r->options->flags & MSG_ERRQUEUE) != 0 ||
	    receiver_room(r) > 0)
		return 0;
	return fail_msg(fail,
	    "%s: a buffer of 0 bytes receives no data from a stream, so that recv would never exit; add --messages=N",
	    r->options->buffers != NULL ? "--buffers" : "--bufsize=0");
}

/*
 * Searches for the TEXT of --until=TEXT in the queued data of a stream socket. The data after TEXT must stay in the
 * queue for the command that gets the connection (--keep-socket). Returns the number of bytes to read, 0 if the queue
 * does not contain TEXT, or -1 with errno.
 */
static ssize_t
find_limit(struct receiver *r, const struct connection *c, int flags, const struct fdpass_wait *until)
{
	ssize_t n = fdpass_recvmsg_into(c->fd, r->peek, r->buffers, 1, flags | MSG_PEEK, until);

	return n <= 0 ? n : (ssize_t)until_find(&c->delivery->until, r->options->until, r->memory, (size_t)n);
}

static ssize_t
receive(struct receiver *r, struct connection *c, int flags, const struct fdpass_wait *until)
{
	size_t size = r->buffers[0].iov_len;
	ssize_t n;

	if (r->options->until == NULL || c->type != SOCK_STREAM)
		return connection_receive(c, r, flags, until);
	n = find_limit(r, c, flags, until);
	if (n == -1)
		return -1;
	if (n > 0)
		r->buffers[0].iov_len = (size_t)n;
	n = connection_receive(c, r, flags | MSG_DONTWAIT, until);
	r->buffers[0].iov_len = size;
	return n;
}

/* Returns true if receiver_idle() must be called before a system call that can block. */
static bool
is_busy(const struct receiver *r)
{
	return ((r->dump != NULL && r->dump->out.used > 0) || r->discard.count > 0 || helper_active() ||
		   fd_cache_active()) &&
	    (r->options->flags & MSG_WAITALL) == 0;
}

static enum recv_result
failure(const struct receiver *r, bool wait, struct fail *fail)
{
	if (errno == EAGAIN && !wait)
		return RECV_AGAIN;
	if (errno == ETIMEDOUT && r->deadline != FDPASS_NEVER)
		return RECV_TIMEOUT;
	(void)fail_errno(fail, "receive");
	return RECV_ERROR;
}

/*
 * Receives a message, and sets *N to the number of bytes in the message. Calls receiver_idle() before blocking. Returns
 * RECV_MESSAGE. If no message was received, returns another result.
 */
static enum recv_result
receive_when_idle(struct receiver *r, struct connection *c, bool wait, ssize_t *n, struct fail *fail)
{
	struct fdpass_wait until = { .deadline = r->deadline };
	bool busy = is_busy(r);

	*n = receive(r, c, r->options->flags | (!wait || busy ? MSG_DONTWAIT : 0), &until);
	if (*n == -1 && errno == EAGAIN && wait && busy) {
		if (receiver_idle(r, fail) == -1)
			return RECV_ERROR;
		*n = receive(r, c, r->options->flags, &until);
	}
	return *n == -1 ? failure(r, wait, fail) : RECV_MESSAGE;
}

enum recv_result
receiver_receive(struct receiver *r, struct connection *c, bool wait, struct fail *fail)
{
	enum recv_result got;
	ssize_t n;

	got = receive_when_idle(r, c, wait, &n, fail);
	if (got != RECV_MESSAGE)
		return got;
	if (n > 0 || !connection_is_end(c, r))
		got = incoming_take(r, c, n, fail);
	else if (!c->reset)
		got = incoming_end(r, c, fail);
	else {
		errno = ECONNRESET;
		return failure(r, wait, fail);
	}
	return got == RECV_DONE && sink_release(&c->delivery->sink, fail) == -1 ? RECV_ERROR : got;
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

/*
 * Prints a warning that reception ended before all descriptors were received. CAUSE is the reason. The warning contains
 * the received data, because the data may be an error message from the sender.
 */
static void
warn_missing(const struct receiver *r, struct delivery *delivery, const char *subject, const char *cause)
{
	unsigned long long seen = delivery->seen, wanted = receiver_fds_min(r, delivery);
	char text[4 * SINK_HEAD + 1];

	if (delivery->sink.target == NULL || !sink_text(&delivery->sink, text, sizeof(text))) {
		msg_warn("%s: %s after %llu of %llu descriptors", subject, cause, seen, wanted);
		return;
	}
	msg_warn("%s: %s after %llu of %llu descriptors; the data was \"%s\"", subject, cause, seen, wanted, text);
	/* The warning contains the data, so the data must not be reported as dropped. */
	delivery->sink.dropped = 0;
}

/* Handles the end of reception: end of file, or the limit of --messages. Returns the exit status. */
static int
finish_end(const struct receiver *r, struct delivery *delivery, const char *subject)
{
	/*
	 * If --spawn is set, children have taken all complete deliveries, so it is not an error if no further
	 * descriptors or data have been received.
	 */
	if ((!r->gathers && !r->options->fds_set) || (r->options->spawn && delivery->seen == 0))
		return EXIT_DONE;
	warn_missing(
	    r, delivery, subject, r->messages_left == 0 ? "the limit of --messages was reached" : "end of file");
	return EXIT_FAILED;
}

int
receiver_report_timeout(const struct receiver *r, const char *subject)
{
	struct fail fail;

	(void)fail_timeout(&fail, "%s: timed out after %.4g s", subject, (double)r->options->timeout / 1e9);
	return msg_fail(&fail);
}

int
receiver_finish(
    struct receiver *r, enum recv_result got, struct delivery *delivery, const char *subject, const struct fail *fail)
{
	struct fail output;
	int status = EXIT_DONE;

	incomplete_done(&r->incomplete);
	if (receiver_flush(r, &output) == -1)
		return output.err == ETIMEDOUT ? receiver_report_timeout(r, subject) : msg_fail(&output);
	if (got == RECV_ERROR)
		return fail->err == ETIMEDOUT ? receiver_report_timeout(r, subject) : msg_fail(fail);
	if (got == RECV_TIMEOUT)
		return receiver_report_timeout(r, subject);
	if (got == RECV_END)
		status = finish_end(r, delivery, subject);
	if (status == EXIT_DONE && sink_end(&r->target, &output) == -1)
		return msg_fail(&output);
	return status == EXIT_DONE && r->lost ? EXIT_FAILED : status;
}
