/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd_limit.h"
#include "lib/fdpass.h"
#include "net/discard.h"
#include "net/peer.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "receive/connection.h"
#include "receive/delivery.h"
#include "receive/access_control.h"
#include "receive/multi.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"
#include "verb/send_clients.h"
#include "verb/send_content.h"

enum state { SENDING, REPLYING };

struct client {
	enum state state;
	int fd;
	struct payload_out out;
	struct receiver receiver; /* receives the reply from the client */
	struct connection connection;
	struct delivery delivery;
};

static void
client_close(void *arg)
{
	struct client *client = arg;

	if (client->state == REPLYING) {
		delivery_done(&client->delivery);
		connection_close(&client->connection);
		receiver_done(&client->receiver);
	}
	socket_discard(client->fd);
}

int
send_admit(struct access_control *access_control, int fd, struct fail *fail)
{
	char pid[32] = "pid not visible here";
	struct peer peer;

	if (!access_needs_peer(access_control))
		return 0;
	peer_of_socket(fd, &peer);
	if (access_peer(access_control, &peer, fail) == 0)
		return 0;
	if (!peer.known)
		return fail_msg(fail, "refused: the receiver is unknown");
	if (peer.pid > 0)
		(void)snprintf(pid, sizeof(pid), "pid %d", (int)peer.pid);
	return fail_msg(fail, "refused: the receiver (%s, uid %u, gid %u) is not allowed", pid, peer.uid, peer.gid);
}

static int
client_open(void *arg, int fd, uint64_t number, void *of, struct fail *fail)
{
	struct client *client = arg;
	struct send_clients *c = of;
	const struct send_content *content = c->content;

	(void)number;
	client->fd = fd;
	payload_begin(&client->out, fd, &content->data, content->fds, content->sources.count, content->creds);
	if (send_admit(c->access_control, fd, fail) == 0 && send_content_truncate(c->content, fail) == 0 &&
	    recv_sockopts_apply_accepted(c->sockopts, fd, fail) == 0)
		return 0;
	socket_discard(fd);
	return -1;
}

/* Counts a client that was served. After the last client, stops the loop. */
static enum multi_next
client_served(struct send_clients *c)
{
	if (c->left != UNLIMITED && --c->left == 0)
		return MULTI_STOP;
	return MULTI_DROP;
}

static int
reply_begin(struct client *client, struct send_clients *c, struct fail *fail)
{
	if (receiver_init(&client->receiver, c->options, c->options->reply, false, fail) == -1) {
		receiver_done(&client->receiver);
		return -1;
	}
	client->receiver.deadline = c->deadline;
	delivery_init(&client->delivery, &client->receiver.target);
	client->connection = (struct connection)CONNECTION_NONE;
	client->state = REPLYING;
	return connection_open(&client->connection, &client->receiver, client->fd, false, 1, &client->delivery, fail);
}

/* Sends as much of the remaining data as the receiver accepts without blocking. */
static enum multi_next
client_send(struct client *client, struct send_clients *c, struct fail *fail)
{
	if (payload_continue(&client->out, fdpass_deadline(0), fail) == -1) {
		if (fail->err == ETIMEDOUT)
			return MULTI_CONTINUE;
		msg_log("%s: %s", c->address, fail->text);
		return MULTI_DROP;
	}
	/*
	 * The receiver has the descriptors, so the paths that were created for them are kept, even if receiving the
	 * reply fails.
	 */
	source_list_keep(&c->content->sources);
	if (c->options->half_close && shutdown(client->fd, SHUT_WR) == -1) {
		msg_log("%s: cannot half-close the connection: %s", c->address, strerror(errno));
		return MULTI_DROP;
	}
	if (!c->options->reply_set)
		return client_served(c);
	if (reply_begin(client, c, fail) == 0)
		return MULTI_CONTINUE;
	msg_log("%s: %s", c->address, fail->text);
	return MULTI_DROP;
}

static enum multi_next
client_reply(struct client *client, struct send_clients *c, struct fail *fail)
{
	enum recv_result got = receiver_receive(&client->receiver, &client->connection, false, fail);
	int status;

	if (got == RECV_AGAIN || got == RECV_MESSAGE) {
		if (receiver_flush(&client->receiver, fail) == 0)
			return MULTI_CONTINUE;
		got = RECV_ERROR;
	}
	status = receiver_finish(&client->receiver, got, &client->delivery, c->address, fail);
	return status == EXIT_DONE ? client_served(c) : MULTI_DROP;
}

static enum multi_next
client_serve(void *arg, int *fd, void *of, struct fail *fail)
{
	struct client *client = arg;

	(void)fd;
	return client->state == SENDING ? client_send(client, of, fail) : client_reply(client, of, fail);
}

static short
client_events(const void *arg)
{
	const struct client *client = arg;

	return client->state == SENDING ? POLLOUT : POLLIN;
}

/* Returns true if the number of open connections is equal to the number of clients that remain to be served. */
static bool
is_full(size_t count, void *of)
{
	const struct send_clients *c = of;

	return c->left != UNLIMITED && count >= c->left;
}

static int
idle(void *of, struct fail *fail)
{
	(void)of;
	(void)fail;
	return 0;
}

static int64_t
deadline(size_t count, void *of)
{
	const struct send_clients *c = of;

	(void)count;
	return c->deadline;
}

int
send_clients_serve(struct send_clients *c)
{
	static const struct multi_class class = { .client_size = sizeof(struct client),
		.open = client_open,
		.serve = client_serve,
		.close = client_close,
		.events = client_events,
		.full = is_full,
		.idle = idle,
		.deadline = deadline };
	struct multi multi = { .class = &class, .ep = c->ep, .arg = c };
	struct fail fail;
	int status = EXIT_DONE;

	fd_limit_raise();
	if (multi_run(&multi, &fail) == -1) {
		if (fail.err == ETIMEDOUT) {
			(void)fail_timeout(&fail, "%s: timed out before a receiver %s", c->address,
			    multi.count > 0 ? "accepted all data" : "connected");
			msg_log("%s", fail.text);
			status = exit_status(&fail);
		} else
			status = msg_fail(&fail);
	}
	multi_done(&multi);
	return status;
}
