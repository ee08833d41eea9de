/* SPDX-License-Identifier: ISC */
/*
 * recv: receives data and descriptors on a socket, and shows what arrives, or replaces itself by a command that has the
 * descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/notify.h"
#include "net/sockopt.h"
#include "exec/children.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/payload.h"
#include "cli/progress.h"
#include "receive/launch.h"
#include "receive/multi.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"
#include "verb/verbs.h"

/* Everything one run needs. */
struct recv {
	const struct options *options;
	char **command; /* NULL: there is none */
	unsigned int request;
	struct addr addr;
	struct endpoint ep;
	struct receiver receiver;
	struct connection connection;
};

static int
prepare(int fd, void *arg, struct fail *fail)
{
	const struct recv *r = arg;

	return recv_sockopts_apply(fd, r->request, &r->options->setsockopt, fail);
}

/* What else wants the NUMBER of a place. */
static int
check_number(const struct options *o, const struct sink_target *target, int number)
{
	size_t i;

	if (number == -1)
		return 0;
	if (o->keep_socket && number == o->keep_socket_number)
		return msg_usage("--fd=%d and --keep-socket=%d are the same place", number, number);
	if (number == target->number)
		return msg_usage("--fd=%d and --data are the same place", number);
	for (i = 0; i < o->inherit_count; i++)
		if (number == o->inherit[i])
			return msg_usage("--fd=%d and --inherit=%d are the same place", number, number);
	return 0;
}

/* Two things for one number are found out before anybody is waited for. */
static int
check_numbers(const struct options *o, const struct sink_target *target)
{
	size_t i, k;
	int status;

	for (i = 0; i < o->place_count; i++) {
		status = check_number(o, target, o->places[i].number);
		for (k = 0; status == 0 && k < o->places[i].also_count; k++)
			status = check_number(o, target, o->places[i].also[k]);
		if (status != 0)
			return status;
	}
	if (o->keep_socket && o->keep_socket_number != -1 && o->keep_socket_number == target->number)
		return msg_usage("--keep-socket=%d and --data are the same place", target->number);
	return 0;
}

/* Without --fd they are put from 3 up, at least so many as are wanted. */
static int
check_default_places(const struct options *o, const struct sink_target *target)
{
	uint64_t count = o->fds_set ? o->fds_min : 1;
	size_t i;

	if (o->place_count > 0 || count == 0)
		return 0;
	if (target->number >= 3 && (uint64_t)target->number < 3 + count)
		return msg_usage(
		    "--data=fd:%d: descriptors that are received are put from 3 up (--fd says where)", target->number);
	if (o->keep_socket && o->keep_socket_number >= 3 && (uint64_t)o->keep_socket_number < 3 + count)
		return msg_usage("--keep-socket=%d: descriptors that are received are put from 3 up (--fd says where)",
		    o->keep_socket_number);
	for (i = 0; i < o->inherit_count; i++)
		if (o->inherit[i] >= 3 && (uint64_t)o->inherit[i] < 3 + count)
			return msg_usage(
			    "--inherit=%d: descriptors that are received are put from 3 up (--fd says where)",
			    o->inherit[i]);
	return 0;
}

static int
check_setsockopt(const struct options *o)
{
	struct sockopt option;
	static struct fail fail;
	size_t i;

	for (i = 0; i < o->setsockopt.count; i++)
		if (sockopt_parse(o->setsockopt.items[i], &option, &fail) == -1)
			return msg_usage("--setsockopt: %s", fail.text);
	return 0;
}

static int
check_options(const struct recv *r)
{
	const struct options *o = r->options;
	struct sink_target target;
	static struct fail fail;

	if (sink_parse(&target, o->data, &fail) == -1)
		return msg_usage("%s", fail.text);
	if (r->command != NULL && r->command[0][0] == '\0')
		return msg_usage("the COMMAND is empty");
	if (r->command == NULL && sink_needs_command(&target))
		return msg_usage("--data=%s needs a COMMAND", o->data);
	if (o->send != NULL && o->send[0] == '@' && strcmp(o->send, "@-") != 0 && access(o->send + 1, R_OK) == -1) {
		(void)fail_errno(&fail, "--send=%s: read %s", o->send, o->send + 1);
		return msg_fail(&fail);
	}
	if (o->creds != NULL)
		return msg_usage("--creds takes no argument with recv");
	if (o->fds_set && o->place_count > 0 && (o->fds_max == UNLIMITED || o->fds_max > o->place_count))
		return msg_usage("--fds allows more descriptors than there are places (--fd)");
	if (r->command != NULL && (o->flags & MSG_PEEK) != 0)
		return msg_usage("--flags=peek and a COMMAND are mutually exclusive");
	if (check_numbers(o, &target) != 0 || (r->command != NULL && check_default_places(o, &target) != 0))
		return EXIT_FAILED;
	return check_setsockopt(o);
}

/* The dump of what came before the end, then what went wrong; or the status that the end deserves. */
static int
finish(struct recv *r, enum recv_result got, struct fail *fail)
{
	struct receiver *receiver = &r->receiver;
	struct delivery *delivery = r->connection.delivery != NULL ? r->connection.delivery : &r->connection.own;
	static struct fail flushing;
	bool wanting = receiver->gathers || r->options->fds_set;

	if (receiver_flush(receiver, &flushing) == -1)
		return msg_fail(&flushing);
	switch (got) {
	case RECV_ERROR:
		return msg_fail(fail);
	case RECV_TIMEOUT:
		msg_warn("%s: nothing more came in time (--timeout)", r->addr.text);
		return EXIT_TIMEOUT;
	case RECV_END:
		/* What there was for a child is gone; the next one's may have begun. */
		if (!wanting || (r->options->spawn && delivery->seen == 0))
			break;
		msg_warn("%s: %s after %llu of %llu descriptors", r->addr.text,
		    receiver->messages_left == 0 ? "the last message (--messages) came" : "end of file",
		    (unsigned long long)delivery->seen, (unsigned long long)receiver->fds_min);
		return EXIT_FAILED;
	case RECV_MESSAGE:
	case RECV_DONE:
	case RECV_AGAIN:
		break;
	}
	if (sink_end(&receiver->target, fail) == -1)
		return msg_fail(fail);
	return receiver->lost ? EXIT_FAILED : EXIT_DONE;
}

/* One connection (or a bound datagram socket) from its beginning to what was wanted. */
static enum recv_result
receive_one(struct recv *r, struct fail *fail)
{
	enum recv_result got;

	if (r->options->send != NULL &&
	    payload_send_text(r->connection.fd, r->options->send, r->receiver.deadline, fail) == -1)
		return fail->err == ETIMEDOUT ? RECV_TIMEOUT : RECV_ERROR;
	if (r->options->half_close && shutdown(r->connection.fd, SHUT_WR) == -1) {
		(void)fail_errno(fail, "half-close");
		return RECV_ERROR;
	}
	for (;;) {
		got = receiver_drain(&r->receiver, &r->connection, fail);
		if (got != RECV_DONE || !r->options->spawn)
			return got;
		if (receiver_flush(&r->receiver, fail) == -1 ||
		    launch_spawn(r->options, &r->connection, r->command, r->receiver.deadline, fail) == -1)
			return RECV_ERROR;
		if (r->receiver.messages_left == 0)
			return RECV_END;
	}
}

static enum recv_result
accept_one(struct recv *r, struct fail *fail)
{
	int fd = endpoint_accept(&r->ep, r->receiver.deadline);

	if (fd == -1 && errno == ETIMEDOUT)
		return RECV_TIMEOUT;
	if (fd == -1) {
		(void)fail_errno(fail, "%s: accept", r->addr.text);
		return RECV_ERROR;
	}
	/* Nobody else is waited for: who comes now is told so instead of being left waiting. */
	endpoint_done(&r->ep);
	if (recv_sockopts_apply_accepted(fd, r->request, &r->options->setsockopt, fail) == -1) {
		(void)close(fd);
		return RECV_ERROR;
	}
	if (connection_open(&r->connection, &r->receiver, fd, true, 1, NULL, fail) == -1)
		return RECV_ERROR;
	return receive_one(r, fail);
}

static enum recv_result
receive_all(struct recv *r, struct fail *fail)
{
	struct multi many = { .options = r->options,
		.receiver = &r->receiver,
		.ep = &r->ep,
		.request = r->request,
		.command = r->command,
		.shared = &r->connection.own };

	if (r->ep.listening && r->options->keep) {
		r->connection.delivery = &r->connection.own;
		return multi_receive(&many, fail);
	}
	if (r->ep.listening)
		return accept_one(r, fail);
	if (connection_open(&r->connection, &r->receiver, r->ep.fd, false, 1, NULL, fail) == -1)
		return RECV_ERROR;
	return receive_one(r, fail);
}

static int
open_endpoint(struct recv *r, struct fail *fail)
{
	struct endpoint_options options;
	int ret;

	options_endpoint(r->options, ROLE_LISTEN, &options);
	options.prepare = prepare;
	options.arg = r;
	/* The sender of a datagram is known only by its credentials. */
	if (options.type == SOCK_DGRAM && (r->command != NULL || guard_asks_peer(&r->receiver.guard)))
		r->request |= REQUEST_CREDS;
	if (r->addr.kind == ADDR_PATH && options.role == ROLE_LISTEN) {
		cleanup_hold();
		cleanup_watch(&r->ep);
		ret = endpoint_open(&r->ep, &r->addr, &options, fail);
		cleanup_release();
	} else {
		ret = endpoint_open(&r->ep, &r->addr, &options, fail);
	}
	if (ret == -1 || receiver_check(&r->receiver, r->ep.type, fail) == -1)
		return -1;
	r->receiver.domain = r->ep.domain;
	r->receiver.type = r->ep.type;
	if (options.type == 0 && r->ep.type == SOCK_DGRAM && r->ep.domain == AF_UNIX &&
	    (r->request & REQUEST_CREDS) == 0 && (r->command != NULL || guard_asks_peer(&r->receiver.guard))) {
		r->request |= REQUEST_CREDS;
		if (prepare(r->ep.fd, r, fail) == -1)
			return -1;
	}
	address_waits(r->options, &r->addr, &r->ep);
	if (r->options->ready_fd != -1 || options.role == ROLE_LISTEN)
		return notify_ready(r->options->ready_fd, fail);
	return 0;
}

/* Where messages or their data are to be seen: -1 if nowhere. */
static int
shown_on(const struct receiver *receiver)
{
	if (receiver->dump != NULL)
		return receiver->dump->out.fd;
	return receiver->target.kind == SINK_STDOUT ? STDOUT_FILENO : -1;
}

static int
run(struct recv *r)
{
	static struct fail fail;
	enum recv_result got;
	int status;

	if (r->options->spawn && children_begin() == -1) {
		(void)fail_errno(&fail, "catch SIGCHLD");
		return msg_fail(&fail);
	}
	if (open_endpoint(r, &fail) == -1)
		return msg_fail(&fail);
	if (r->command == NULL)
		confine(r->options, VERB_RECV, &r->ep, NULL);
	progress_begin(r->options->verbose, shown_on(&r->receiver));
	got = receive_all(r, &fail);
	progress_end();
	endpoint_unlink(&r->ep);
	status = finish(r, got, &fail);
	if (r->options->spawn)
		children_wait();
	else if (got == RECV_DONE && r->command != NULL && status == EXIT_DONE)
		status = launch_exec(r->options, &r->connection, r->command);
	return status;
}

static int
recv_run(const struct options *options, int argc, char **argv)
{
	struct recv r = {
		.options = options, .request = options->request, .ep = ENDPOINT_NONE, .connection = { .fd = -1 }
	};
	static struct fail fail;
	int status;

	if (argc == 0)
		return msg_usage("missing ADDRESS");
	r.command = argc > 1 ? argv + 1 : NULL;
	status = check_options(&r);
	if (status != 0)
		return status;
	if (address_parse(&r.addr, argv[0], "recv", &fail) == -1)
		return msg_fail(&fail);
	if (receiver_init(&r.receiver, options, options->data, r.command != NULL, &fail) == -1)
		status = msg_fail(&fail);
	else
		status = run(&r);
	connection_close(&r.connection);
	endpoint_done(&r.ep);
	receiver_done(&r.receiver);
	addr_done(&r.addr);
	return status;
}

static const char *const examples[] = {
	"fdpass recv /run/x.sock                      show what a program sends",
	"fdpass recv -i /run/x.sock tar t             run a command with what it sends",
	"fdpass recv -c --send=get -n 1+ /run/y.sock  connect, ask, show the answer",
	NULL,
};

const struct verb verb_recv = {
	.name = "recv",
	.bit = VERB_RECV,
	.operands = "ADDRESS [COMMAND [ARG]...]",
	.summary = "Receive descriptors: show them, or run COMMAND with them",
	.examples = examples,
	.command_after = 1,
	.run = recv_run,
};
