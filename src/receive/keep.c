/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "cli/message.h"
#include "receive/connection.h"
#include "receive/keep.h"
#include "receive/launch.h"
#include "receive/multi.h"

struct client {
	struct connection connection;
	struct delivery own; /* with a COMMAND: the descriptors and data that have been received on this connection */
	bool sending;	     /* the text of --send is being sent; until it has been sent, nothing is received */
	struct payload_out out;
};

static void
client_close(void *arg)
{
	struct client *client = arg;

	connection_close(&client->connection);
	delivery_done(&client->own);
}

static int
client_open(void *arg, int fd, uint64_t number, void *of, struct fail *fail)
{
	struct client *client = arg;
	struct keep *keep = of;
	const struct options *o = keep->options;

	/*
	 * Descriptors that discard_add() has collected are closed before the text of --send is sent. Otherwise, these
	 * descriptors would stay open until the peer has read the text.
	 */
	discard_close(&keep->receiver->discard);
	/*
	 * Each client has its own delivery, because a COMMAND must not get descriptors from several peers together with
	 * the identity of one peer.
	 */
	delivery_init(&client->own, &keep->receiver->target);
	if (connection_open(&client->connection, keep->receiver, fd, true, number,
		keep->receiver->gathers ? &client->own : keep->delivery, fail) == 0 &&
	    recv_sockopts_apply_accepted(keep->sockopts, fd, fail) == 0 &&
	    (o->send != NULL || connection_half_close(&client->connection, o, fail) == 0)) {
		client->sending = o->send != NULL;
		payload_begin(&client->out, fd, &keep->text, NULL, 0, NULL);
		return 0;
	}
	client_close(client);
	return -1;
}

/* Sends as many bytes of the text of --send as the socket accepts without blocking. */
static enum multi_next
client_send(struct client *client, const struct keep *keep, struct fail *fail)
{
	if (payload_continue(&client->out, fdpass_deadline(0), fail) == 0) {
		client->sending = false;
		if (connection_half_close(&client->connection, keep->options, fail) == 0)
			return MULTI_CONTINUE;
	} else if (fail->err == ETIMEDOUT)
		return MULTI_CONTINUE;
	msg_log("connection %llu: %s", (unsigned long long)client->connection.number, fail->text);
	return MULTI_DROP;
}

static short
client_events(const void *arg)
{
	const struct client *client = arg;

	return client->sending ? POLLOUT : POLLIN;
}

static enum multi_next
stop(struct keep *keep, enum recv_result result)
{
	keep->result = result;
	return MULTI_STOP;
}

/* Logs that the connection has failed or that its message was refused. The loop then closes the connection. */
static enum multi_next
client_failed(const struct client *client, struct keep *keep, const struct fail *fail)
{
	/* If the output cannot be written, the loop stops, because this error concerns all connections. */
	if (keep->receiver->dump != NULL && keep->receiver->dump->out.err != 0)
		return stop(keep, RECV_ERROR);
	msg_log("connection %llu: %s", (unsigned long long)client->connection.number, fail->text);
	return MULTI_DROP;
}

/*
 * Stops the loop with RESULT. If a COMMAND will replace this process, keep_receive() returns this connection and the
 * descriptors and data that were received on it.
 */
static enum multi_next
finish(struct client *client, struct keep *keep, enum recv_result result)
{
	if (keep->receiver->gathers && !keep->options->spawn) {
		*keep->chosen = client->connection;
		keep->chosen->delivery = keep->delivery;
		client->connection.fd = -1;
		delivery_move(keep->delivery, &client->own);
	}
	return stop(keep, result);
}

static enum multi_next
client_ended(struct client *client, struct keep *keep)
{
	const struct delivery *delivery = client->connection.delivery;

	if (keep->receiver->messages_left == 0)
		return finish(client, keep, RECV_END);
	if (keep->receiver->gathers && delivery->seen > 0)
		msg_log("connection %llu: refused: end of file after %llu of %llu descriptors",
		    (unsigned long long)client->connection.number, (unsigned long long)delivery->seen,
		    (unsigned long long)receiver_fds_min(keep->receiver, delivery));
	else if (keep->receiver->gathers && delivery->sink.fd != -1)
		msg_log("connection %llu: refused: end of file after data without descriptors",
		    (unsigned long long)client->connection.number);
	return MULTI_DROP;
}

static enum multi_next
client_done(struct client *client, struct keep *keep, struct fail *fail)
{
	struct receiver *r = keep->receiver;

	if (!keep->options->spawn)
		return finish(client, keep, RECV_DONE);
	if (receiver_flush(r, fail) == -1 ||
	    launch_spawn(keep->options, &client->connection, keep->command, r->deadline, fail) == -1)
		return stop(keep, RECV_ERROR);
	return r->messages_left == 0 ? stop(keep, RECV_END) : MULTI_CONTINUE;
}

static enum multi_next
client_serve(void *arg, int *fd, void *of, struct fail *fail)
{
	struct client *client = arg;
	struct keep *keep = of;
	uint64_t seen = client->connection.delivery->seen;

	(void)fd;
	if (client->sending)
		return client_send(client, keep, fail);
	switch (receiver_receive(keep->receiver, &client->connection, false, fail)) {
	case RECV_MESSAGE:
	case RECV_AGAIN:
		return MULTI_CONTINUE;
	case RECV_DONE:
		return client_done(client, keep, fail);
	case RECV_END:
		return client_ended(client, keep);
	case RECV_TIMEOUT:
		return stop(keep, RECV_TIMEOUT);
	case RECV_ERROR:
		break;
	}
	/* The descriptors in a refused message do not count toward the number that --fds specifies. */
	client->connection.delivery->seen = seen;
	return client_failed(client, keep, fail);
}

static int
idle(void *of, struct fail *fail)
{
	const struct keep *keep = of;

	return receiver_idle(keep->receiver, fail);
}

static int64_t
deadline(size_t count, void *of)
{
	const struct keep *keep = of;

	(void)count;
	return keep->receiver->deadline;
}

enum recv_result
keep_receive(struct keep *keep, const struct endpoint *ep, struct fail *fail)
{
	static const struct multi_class class = { .client_size = sizeof(struct client),
		.open = client_open,
		.serve = client_serve,
		.close = client_close,
		.events = client_events,
		.idle = idle,
		.deadline = deadline };
	struct multi multi = { .class = &class, .ep = ep, .arg = keep };

	if (keep->options->send != NULL &&
	    payload_load_send(&keep->text, keep->options->send, keep->receiver->deadline, fail) == -1)
		keep->result = RECV_ERROR;
	else if (multi_run(&multi, fail) == -1)
		keep->result = fail->err == ETIMEDOUT ? RECV_TIMEOUT : RECV_ERROR;
	multi_done(&multi);
	payload_done(&keep->text);
	return keep->result;
}
