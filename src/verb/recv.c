/* SPDX-License-Identifier: ISC */
/*
 * The verb recv: receives data and descriptors on a socket. Shows the messages, or replaces this process with a command
 * that inherits the descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/notify.h"
#include "net/sockopt.h"
#include "exec/children.h"
#include "exec/command.h"
#include "cli/address.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/payload.h"
#include "cli/progress.h"
#include "receive/keep.h"
#include "receive/launch.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"
#include "verb/verbs.h"

/* The state of this verb. */
struct recv {
	const struct options *options;
	char **command; /* NULL: no command */
	struct recv_sockopts sockopts;
	struct addr addr;
	struct endpoint ep;
	struct receiver receiver;
	struct connection connection;
	struct delivery delivery;
};

static int
prepare(int fd, void *arg, struct fail *fail)
{
	struct recv *r = arg;

	if (r->options->role_set && r->options->role == ROLE_CONNECT && recv_sockopts_bind(fd) == -1)
		return fail_errno(fail, "%s: cannot bind an address for the reply", r->addr.text);
	return recv_sockopts_apply(&r->sockopts, fd, fail);
}

/* Reports a usage error if another option uses the descriptor NUMBER, which --fd uses. */
static int
check_number(const struct options *o, const struct sink_target *target, int number)
{
	size_t i;

	if (number == -1)
		return 0;
	if (o->keep_socket && number == o->keep_socket_number)
		return msg_usage("--fd and --keep-socket both use descriptor %d", number);
	if (number == target->number)
		return msg_usage("--fd and --data both use descriptor %d", number);
	for (i = 0; i < o->inherit_count; i++)
		if (number == o->inherit[i])
			return msg_usage("--fd and --inherit both use descriptor %d", number);
	return 0;
}

/* Reports a usage error if the options use a descriptor number twice. Called before the first message is received. */
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
		return msg_usage("--keep-socket and --data both use descriptor %d", target->number);
	return 0;
}

/*
 * Reports a usage error if the options use a descriptor number twice and --fd is not set. Without --fd, received
 * descriptors get the numbers from 3 up.
 */
static int
check_default_places(const struct options *o, const struct sink_target *target)
{
	uint64_t count = o->fds_set ? o->fds_min : 1;
	size_t i;

	if (o->place_count > 0 || count == 0)
		return 0;
	if (target->number >= 3 && (uint64_t)target->number < 3 + count)
		return msg_usage(
		    "--data=fd:%d: a received descriptor needs this number (choose numbers with --fd)", target->number);
	if (o->keep_socket && o->keep_socket_number >= 3 && (uint64_t)o->keep_socket_number < 3 + count)
		return msg_usage("--keep-socket=%d: a received descriptor needs this number (choose numbers with --fd)",
		    o->keep_socket_number);
	for (i = 0; i < o->inherit_count; i++)
		if (o->inherit[i] >= 3 && (uint64_t)o->inherit[i] < 3 + count)
			return msg_usage(
			    "--inherit=%d: a received descriptor needs this number (choose numbers with --fd)",
			    o->inherit[i]);
	return 0;
}

static int
check_setsockopt(const struct options *o)
{
	struct sockopt option;
	struct fail fail;
	size_t i;

	for (i = 0; i < o->setsockopt.count; i++)
		if (sockopt_parse(o->setsockopt.items[i], &option, &fail) == -1)
			return msg_usage("--setsockopt: %s", fail.text);
	return 0;
}

static int
check_target(const struct recv *r, const struct sink_target *target)
{
	const struct options *o = r->options;

	if (r->command == NULL && sink_needs_command(target))
		return msg_usage("--data=%s needs a COMMAND", o->data);
	if (check_numbers(o, target) != 0 || (r->command != NULL && check_default_places(o, target) != 0))
		return EXIT_FAILED;
	return 0;
}

static int
check_send(const char *send)
{
	struct fail fail;

	if (send == NULL || send[0] != '@' || strcmp(send, "@-") == 0 || access(send + 1, R_OK) == 0)
		return 0;
	(void)fail_errno(&fail, "--send=%s: cannot read %s", send, send + 1);
	return msg_fail(&fail);
}

/* Reports a usage error for operands in the wrong order, as in "recv cat ./x.sock". */
static int
check_command(const char *address, const char *command)
{
	struct fail fail, ignored;
	struct stat st;

	if (*command == '\0')
		return msg_usage("the COMMAND is empty");
	if (command_check(command, &fail) == 0)
		return 0;
	if (stat(command, &st) == 0 && S_ISSOCK(st.st_mode))
		return msg_usage("%s is a socket, not a command (ADDRESS must precede COMMAND)", command);
	if (!addr_is_clear(address) && command_check(address, &ignored) == 0)
		return msg_usage(
		    "%s is not a command, but %s is (ADDRESS must precede COMMAND); for a socket with that name, "
		    "write ./%s",
		    command, address, address);
	/*
	 * The command is checked before descriptors are received, because received descriptors are lost if the command
	 * cannot be executed.
	 */
	return msg_fail(&fail);
}

static int
check_options(const struct recv *r, const char *address)
{
	const struct options *o = r->options;
	struct sink_target target;
	struct fail fail;
	int status;

	if (r->command != NULL && (status = check_command(address, r->command[0])) != 0)
		return status;
	if (o->creds != NULL)
		return msg_usage("--creds takes no argument with recv");
	if (o->fds_set && o->place_count > 0 && (o->fds_max == UNLIMITED || o->fds_max > o->place_count))
		return msg_usage(
		    "--fds allows more descriptors than the options place (--fd, --stdin, --stdout, --stderr)");
	if (r->command != NULL && (o->flags & MSG_PEEK) != 0)
		return msg_usage("--flags=peek and a COMMAND are mutually exclusive");
	if (receiver_check_shown(o, o->data, r->command != NULL) != EXIT_DONE)
		return EXIT_FAILED;
	if (sink_parse(&target, o->data, &fail) == -1)
		return msg_usage("%s", fail.text);
	status = check_target(r, &target);
	sink_target_done(&target);
	if (status == 0)
		status = check_send(o->send);
	return status != 0 ? status : check_setsockopt(o);
}

/* Receives messages on one connection or on a bound datagram socket, until all requested messages were received. */
static enum recv_result
receive_one(struct recv *r, struct fail *fail)
{
	enum recv_result got;

	if (r->options->send != NULL &&
	    payload_send_text(r->connection.fd, r->options->send, r->receiver.deadline, fail) == -1)
		return fail->err == ETIMEDOUT ? RECV_TIMEOUT : RECV_ERROR;
	if (connection_half_close(&r->connection, r->options, fail) == -1)
		return RECV_ERROR;
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

static int
prepare_accepted(int fd, void *arg, struct fail *fail)
{
	struct recv *r = arg;

	return recv_sockopts_apply_accepted(&r->sockopts, fd, fail);
}

static enum recv_result
receive_all(struct recv *r, struct fail *fail)
{
	struct keep keep = { .options = r->options,
		.receiver = &r->receiver,
		.sockopts = &r->sockopts,
		.command = r->command,
		.chosen = &r->connection,
		.delivery = &r->delivery };

	r->connection.delivery = &r->delivery;
	if (r->ep.listening && r->options->keep)
		return keep_receive(&keep, &r->ep, fail);
	if (r->ep.listening) {
		if (connection_accept(&r->connection, &r->receiver, &r->ep, &r->delivery, prepare_accepted, r, fail) ==
		    -1)
			return fail->err == ETIMEDOUT ? RECV_TIMEOUT : RECV_ERROR;
		/* The listening socket is closed early, so that further clients get an error immediately. */
		endpoint_done(&r->ep);
	} else if (connection_open(&r->connection, &r->receiver, r->ep.fd, false, 1, &r->delivery, fail) == -1)
		return RECV_ERROR;
	return receive_one(r, fail);
}

/* Returns true if SO_PASSCRED must be set, because only credentials identify the sender of a datagram. */
static bool
needs_creds(const struct recv *r, int type)
{
	return type == SOCK_DGRAM && (r->sockopts.request & REQUEST_CREDS) == 0 &&
	    (r->command != NULL || access_needs_peer(&r->receiver.access_control));
}

static int
open_endpoint(struct recv *r, struct fail *fail)
{
	int role;

	if (needs_creds(r, r->options->type))
		r->sockopts.request |= REQUEST_CREDS;
	role = address_open(&r->ep, &r->addr, r->options, ROLE_LISTEN, prepare, r, fail);
	if (role == -1 || receiver_check(&r->receiver, r->ep.type, fail) == -1)
		return -1;
	r->receiver.domain = r->ep.domain;
	r->receiver.type = r->ep.type;
	if (r->options->type == 0 && r->ep.domain == AF_UNIX && needs_creds(r, r->ep.type)) {
		r->sockopts.request |= REQUEST_CREDS;
		if (prepare(r->ep.fd, r, fail) == -1)
			return -1;
	}
	address_waits(r->options, &r->addr, &r->ep);
	if (r->options->ready_fd != -1 || role == ROLE_LISTEN)
		return notify_ready(r->options->ready_fd, fail);
	return 0;
}

/* Returns the descriptor to which this process writes messages or their data, or -1 if it writes neither. */
static int
shown_on(const struct receiver *receiver)
{
	if (receiver->dump != NULL)
		return receiver->dump->out.fd;
	return receiver->target.kind == SINK_STDOUT ? STDOUT_FILENO : -1;
}

/*
 * Executes the command. Closes the listening socket first: if execve(2) closed the socket, closing the descriptors in
 * the socket's queue could block.
 */
static int
become_command(struct recv *r)
{
	if (r->ep.ours)
		endpoint_done(&r->ep);
	else if (r->ep.listening)
		launch_close(r->options, r->ep.fd);
	return launch_exec(r->options, &r->connection, r->command);
}

static int
run(struct recv *r, struct fail *fail)
{
	enum recv_result got;
	int status;

	if (r->options->spawn && children_begin() == -1) {
		(void)fail_errno(fail, "cannot catch SIGCHLD");
		return msg_fail(fail);
	}
	if (open_endpoint(r, fail) == -1)
		return msg_fail(fail);
	if (r->command == NULL)
		confine(r->options, VERB_RECV, &r->ep, NULL);
	progress_begin(r->options->verbose, shown_on(&r->receiver));
	got = receive_all(r, fail);
	progress_end();
	endpoint_unlink(&r->ep);
	status = receiver_finish(&r->receiver, got, &r->delivery, r->addr.text, fail);
	if (r->options->spawn)
		children_wait();
	else if (got == RECV_DONE && r->command != NULL && status == EXIT_DONE)
		status = become_command(r);
	return status;
}

static int
recv_run(const struct options *options, int argc, char **argv)
{
	struct recv r = { .options = options,
		.sockopts = { .request = options->request, .setsockopt = &options->setsockopt },
		.ep = ENDPOINT_NONE,
		.connection = CONNECTION_NONE };
	struct fail fail;
	int status;

	if (argc == 0)
		return msg_usage("missing ADDRESS");
	r.command = argc > 1 ? argv + 1 : NULL;
	status = check_options(&r, argv[0]);
	if (status != 0)
		return status;
	if (address_parse(&r.addr, argv[0], "recv", &fail) == -1)
		return msg_fail(&fail);
	if (receiver_init(&r.receiver, options, options->data, r.command != NULL, &fail) == -1) {
		status = msg_fail(&fail);
	} else {
		delivery_init(&r.delivery, &r.receiver.target);
		status = run(&r, &fail);
		delivery_done(&r.delivery);
	}
	connection_close(&r.connection);
	endpoint_done(&r.ep);
	receiver_done(&r.receiver);
	addr_done(&r.addr);
	return status;
}

static const char *const examples[] = {
	"fdpass recv /run/x.sock                      show what a program sends",
	"fdpass recv -i /run/x.sock tar t             pass the descriptor to a command",
	"fdpass recv -c --send=get -n 1+ /run/y.sock  send a request, show the reply",
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
