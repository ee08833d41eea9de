/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "base/sigpipe.h"
#include "inspect/fd.h"
#include "cli/message.h"
#include "tty/console.h"
#include "tty/console_set.h"
#include "tty/pump.h"
#include "tty/terminal.h"

/* A connection on which a console is expected, and the console after it was received. */
struct client {
	struct connection connection;
	struct delivery delivery;
	int master; /* the console; -1: not received yet */
};

static void
client_close(void *arg)
{
	struct client *client = arg;

	connection_close(&client->connection);
	delivery_done(&client->delivery);
	fd_close_all(&client->master, 1);
}

static int
client_open(void *arg, int fd, uint64_t number, void *of, struct fail *fail)
{
	struct client *client = arg;
	struct console_set *set = of;

	client->master = -1;
	delivery_init(&client->delivery, &set->receiver->target);
	if (connection_open(&client->connection, set->receiver, fd, true, number, &client->delivery, fail) == 0)
		return 0;
	client_close(client);
	return -1;
}

static enum multi_next
receive(struct client *client, struct console_set *set, int *fd, struct fail *fail)
{
	enum recv_result got = console_receive(set->receiver, &client->connection, false, &client->master, fail);

	if (got == RECV_AGAIN)
		return MULTI_CONTINUE;
	if (got != RECV_DONE) {
		msg_log("connection %llu: %s", (unsigned long long)client->connection.number,
		    got == RECV_END ? "end of file before a pseudo-terminal arrived" : fail->text);
		return MULTI_DROP;
	}
	connection_close(&client->connection);
	if (set->take) {
		set->taken = client->master;
		client->master = -1;
		*fd = -1;
		return MULTI_STOP;
	}
	if (isatty(STDOUT_FILENO) == 1)
		terminal_pass_size(STDOUT_FILENO, client->master);
	*fd = client->master;
	return MULTI_CONTINUE;
}

static enum multi_next
copy(const struct client *client, struct fail *fail)
{
	char bytes[4096];
	ssize_t n = pump_read_master(client->master, bytes, sizeof(bytes));

	if (n > 0 && write_all(STDOUT_FILENO, bytes, (size_t)n) == -1) {
		(void)sigpipe_output_failed(fail);
		return MULTI_STOP;
	}
	if (n > 0 || (n == -1 && errno == EAGAIN))
		return MULTI_CONTINUE;
	return pump_is_over(client->master) ? MULTI_DROP : MULTI_CONTINUE;
}

static enum multi_next
client_serve(void *arg, int *fd, void *of, struct fail *fail)
{
	struct client *client = arg;

	return client->master == -1 ? receive(client, of, fd, fail) : copy(client, fail);
}

static int
idle(void *of, struct fail *fail)
{
	struct console_set *set = of;

	return receiver_idle(set->receiver, fail);
}

/* Returns the deadline that --timeout sets. This deadline applies only while no client is connected. */
static int64_t
deadline(size_t count, void *of)
{
	struct console_set *set = of;
	int64_t timeout = set->receiver->options->timeout;

	if (count == 0 && set->last_count > 0 && timeout != -1)
		set->deadline = fdpass_deadline(timeout);
	set->last_count = count;
	return count == 0 || set->take ? set->deadline : FDPASS_NEVER;
}

void
console_set_init(struct console_set *set, struct receiver *receiver, const struct endpoint *ep, bool take)
{
	static const struct multi_class class = { .client_size = sizeof(struct client),
		.open = client_open,
		.serve = client_serve,
		.close = client_close,
		.idle = idle,
		.deadline = deadline };

	*set = (struct console_set){ .receiver = receiver,
		.take = take,
		.taken = -1,
		.multi = { .class = &class, .ep = ep },
		.last_count = 1,
		.deadline = FDPASS_NEVER };
	receiver->deadline = FDPASS_NEVER;
}

int
console_set_next(struct console_set *set, int *master, struct fail *fail)
{
	set->multi.arg = set;
	set->last_count = 1;
	if (set->take && set->receiver->options->timeout != -1)
		set->deadline = fdpass_deadline(set->receiver->options->timeout);
	if (multi_run(&set->multi, fail) == -1)
		return -1;
	*master = set->taken;
	set->taken = -1;
	/* The loop stops only if a console was received or if writing the output has failed. */
	return *master != -1 ? 0 : -1;
}

void
console_set_done(struct console_set *set)
{
	multi_done(&set->multi);
}
