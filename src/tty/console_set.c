/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "base/sigpipe.h"
#include "cli/message.h"
#include "tty/console.h"
#include "tty/console_set.h"
#include "tty/pump.h"
#include "tty/terminal.h"

/* While no descriptor is left for one more connection, how long to wait before looking again (ms). */
#define EXHAUSTED_MS 100

/* A connection that is to bring a console, and then the console that it brought. */
struct console {
	struct connection connection;
	int master; /* -1: not there yet */
};

struct consoles {
	struct receiver *receiver;
	const struct endpoint *ep;
	const struct addr *addr;
	struct console **items;
	struct pollfd *polled; /* the listening socket first */
	size_t count, room;
	uint64_t next_number;
};

static int
grow(struct consoles *cs, struct fail *fail)
{
	size_t room = cs->room + 16;
	struct console **items;
	struct pollfd *polled;

	if (cs->count < cs->room)
		return 0;
	items = reallocarray(cs->items, room, sizeof(*items));
	if (items != NULL)
		cs->items = items;
	polled = reallocarray(cs->polled, room + 1, sizeof(*polled));
	if (polled != NULL)
		cs->polled = polled;
	if (items == NULL || polled == NULL)
		return fail_errno(fail, "room for consoles");
	cs->room = room;
	return 0;
}

static void
drop(struct consoles *cs, size_t i)
{
	struct console *c = cs->items[i];

	connection_close(&c->connection);
	if (c->master != -1)
		(void)close(c->master);
	free(c);
	cs->items[i] = cs->items[--cs->count];
	cs->polled[1 + i] = cs->polled[1 + cs->count];
}

static int
welcome(struct consoles *cs, int fd, struct fail *fail)
{
	struct console *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		(void)close(fd);
		return fail_errno(fail, "room for a console");
	}
	c->master = -1;
	if (connection_open(&c->connection, cs->receiver, fd, true, ++cs->next_number, NULL, fail) == -1) {
		msg_warn("connection %llu: %s", (unsigned long long)cs->next_number, fail->text);
		free(c);
		return 0;
	}
	cs->items[cs->count] = c;
	cs->polled[1 + cs->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return 0;
}

static int
let_in(struct consoles *cs, struct fail *fail)
{
	int fd;

	if (grow(cs, fail) == -1)
		return -1;
	fd = endpoint_accept(cs->ep, fdpass_deadline(0));
	if (fd != -1)
		return welcome(cs, fd, fail);
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		/* Who comes waits in the backlog; a console that ends makes room. */
		(void)poll(cs->polled + 1, cs->count, EXHAUSTED_MS);
		return 0;
	}
	return errno == ETIMEDOUT ? 0 : fail_errno(fail, "%s: accept", cs->addr->text);
}

static void
receive(struct consoles *cs, size_t i)
{
	struct console *c = cs->items[i];
	struct fail fail = { .text = "end of file, and no pseudo-terminal came" };
	enum recv_result got = console_receive(cs->receiver, &c->connection, false, &c->master, &fail);
	int flags;

	if (got == RECV_AGAIN)
		return;
	if (got != RECV_DONE) {
		msg_warn("connection %llu: %s", (unsigned long long)c->connection.number, fail.text);
		drop(cs, i);
		return;
	}
	connection_close(&c->connection);
	flags = fcntl(c->master, F_GETFL);
	(void)fcntl(c->master, F_SETFL, flags | O_NONBLOCK);
	if (isatty(STDOUT_FILENO) == 1)
		terminal_pass_size(STDOUT_FILENO, c->master);
	cs->polled[1 + i].fd = c->master;
}

static int
copy(struct consoles *cs, size_t i, struct fail *fail)
{
	char bytes[4096];
	ssize_t n = read(cs->items[i]->master, bytes, sizeof(bytes));

	if (n > 0 && write_all(STDOUT_FILENO, bytes, (size_t)n) == -1)
		return sigpipe_output_failed(fail);
	if (n <= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)) && pump_is_over(cs->items[i]->master))
		drop(cs, i);
	return 0;
}

static int
round_of(struct consoles *cs, struct fail *fail)
{
	size_t i;

	/* Backwards, because an ended one gives its place to the last. */
	for (i = cs->count; i > 0; i--) {
		if (cs->polled[i].revents == 0)
			continue;
		if (cs->items[i - 1]->master == -1)
			receive(cs, i - 1);
		else if (copy(cs, i - 1, fail) == -1)
			return -1;
	}
	return (cs->polled[0].revents & POLLIN) != 0 ? let_in(cs, fail) : 0;
}

/* How long to wait, in milliseconds: for ever, unless nobody is there and --timeout was given. */
static int
patience(const struct consoles *cs, int64_t deadline)
{
	int64_t left;

	if (cs->count > 0 || deadline == FDPASS_NEVER)
		return -1;
	left = deadline - fdpass_deadline(0);
	return left <= 0 ? 0 : left > INT64_C(1000000) * 3600000 ? 3600000 : (int)((left + 999999) / 1000000);
}

static int
watch(struct consoles *cs, struct fail *fail)
{
	int64_t timeout = cs->receiver->options->timeout, deadline = FDPASS_NEVER;
	size_t before = 1;
	int n;

	for (;;) {
		if (cs->count == 0 && before > 0 && timeout != -1)
			deadline = fdpass_deadline(timeout);
		before = cs->count;
		n = poll(cs->polled, 1 + cs->count, patience(cs, deadline));
		if (n == -1 && errno != EINTR)
			return fail_errno(fail, "poll");
		if (n == 0 && patience(cs, deadline) == 0) {
			(void)fail_msg(fail, "%s: no pseudo-terminal came in time (--timeout)", cs->addr->text);
			fail->reason = FAIL_TIMEOUT;
			return -1;
		}
		if (n > 0 && round_of(cs, fail) == -1)
			return -1;
	}
}

int
consoles_show(struct receiver *receiver, const struct endpoint *ep, const struct addr *addr)
{
	struct consoles cs = { .receiver = receiver, .ep = ep, .addr = addr };
	struct fail fail;

	receiver->deadline = FDPASS_NEVER;
	if (grow(&cs, &fail) == 0) {
		cs.polled[0] = (struct pollfd){ .fd = ep->fd, .events = POLLIN };
		(void)watch(&cs, &fail);
	}
	while (cs.count > 0)
		drop(&cs, cs.count - 1);
	free(cs.items);
	free(cs.polled);
	return msg_fail(&fail);
}
