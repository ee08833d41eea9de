/* SPDX-License-Identifier: ISC */
/*
 * The verb send: sends data and descriptors to a listening process, or to clients that connect. With --reply, receives
 * a reply. Shows the reply, saves its data to a file, or runs a command with its descriptors.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "net/discard.h"
#include "net/notify.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/payload.h"
#include "cli/setup_timeout.h"
#include "cli/sources.h"
#include "receive/access_control.h"
#include "receive/dump.h"
#include "receive/launch.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"
#include "verb/send_clients.h"
#include "verb/send_content.h"
#include "verb/verbs.h"

/* Number of milliseconds to wait for data in a pipe before standard input is considered empty. */
#define INPUT_MOMENT 50

struct send {
	const struct options *options;
	struct addr addr;
	struct endpoint ep;
	struct recv_sockopts sockopts;
	struct send_content content;
	char **command; /* COMMAND that gets the reply, or NULL */
	struct access_control access_control;
	int64_t deadline;
};

static int
prepare(int fd, void *arg, struct fail *fail)
{
	struct send *s = arg;

	/* COMMAND gets the descriptors of the reply. On a datagram socket, only credentials identify their sender. */
	if (s->command != NULL && recv_sockopts_is_unix_dgram(fd))
		s->sockopts.request |= REQUEST_CREDS;
	if (s->options->reply_set && recv_sockopts_bind(fd) == -1)
		return fail_errno(fail, "%s: cannot bind an address for the reply", s->addr.text);
	return recv_sockopts_apply(&s->sockopts, fd, fail);
}

static int
check_data(const struct send *s, struct fail *fail)
{
	if (s->ep.domain != AF_UNIX && (s->content.sources.count > 0 || s->content.creds != NULL))
		return fail_msg(fail, "%s: only AF_UNIX sockets can transfer %s", s->addr.text,
		    s->content.sources.count > 0 ? "descriptors" : "credentials");
	if (s->ep.type != SOCK_STREAM || s->content.sources.count == 0 || s->content.data.length > 0)
		return 0;
	return fail_msg(
	    fail, "%s: a stream socket loses descriptors that are sent without data (--data)", s->addr.text);
}

static int
open_endpoint(struct send *s, struct fail *fail)
{
	int role = address_open(&s->ep, &s->addr, s->options, ROLE_CONNECT, prepare, s, fail);

	if (role == -1)
		return -1;
	if (role == ROLE_LISTEN && s->ep.ours && !s->ep.listening)
		return fail_msg(fail, "%s: a datagram socket that is only bound has no peer to send to", s->addr.text);
	if (!s->ep.listening && (s->options->keep || s->options->connections != 0))
		return fail_msg(fail, "%s: --%s requires a listening socket", s->addr.text,
		    s->options->keep ? "keep" : "connections");
	if (check_data(s, fail) == -1)
		return -1;
	if (s->ep.listening)
		address_waits(s->options, &s->addr, &s->ep);
	return s->ep.listening || s->options->ready_fd != -1 ? notify_ready(s->options->ready_fd, fail) : 0;
}

/* Receives the reply, with the options of the verb recv. */
static int
receive_reply(struct send *s, int fd)
{
	struct receiver receiver;
	struct connection connection = CONNECTION_NONE;
	struct delivery delivery;
	struct fail fail;
	enum recv_result got = RECV_ERROR;
	int status;

	if (receiver_init(&receiver, s->options, s->options->reply, s->command != NULL, &fail) == -1) {
		receiver_done(&receiver);
		return msg_fail(&fail);
	}
	receiver.deadline = s->deadline;
	address_waits_for_reply(s->options, &s->addr);
	delivery_init(&delivery, &receiver.target);
	if (connection_open(&connection, &receiver, fd, false, 1, &delivery, &fail) == 0)
		got = receiver_drain(&receiver, &connection, &fail);
	status = receiver_finish(&receiver, got, &delivery, s->addr.text, &fail);
	if (got == RECV_DONE && s->command != NULL && status == EXIT_DONE)
		status = launch_exec(s->options, &connection, s->command);
	delivery_done(&delivery);
	connection_close(&connection);
	receiver_done(&receiver);
	return status;
}

/* Sends data and descriptors to one receiver, and receives its reply. Returns the exit status. */
static int
serve(struct send *s, int fd)
{
	struct send_content *c = &s->content;
	struct fail fail;

	if (send_content_truncate(c, &fail) == -1)
		return msg_fail(&fail);
	if (payload_send(fd, &c->data, c->fds, c->sources.count, c->creds, s->deadline, &fail) == -1) {
		if (fail.err == ETIMEDOUT) {
			(void)fail_timeout(&fail, "%s: timed out before the receiver accepted all data", s->addr.text);
			return msg_fail(&fail);
		}
		msg_warn("%s: %s", s->addr.text, fail.text);
		return EXIT_FAILED;
	}
	/*
	 * The receiver has the descriptors, so the paths that were created for them are kept, even if receiving the
	 * reply fails.
	 */
	source_list_keep(&c->sources);
	if (s->options->half_close && shutdown(fd, SHUT_WR) == -1) {
		(void)fail_errno(&fail, "%s: cannot half-close the connection", s->addr.text);
		return msg_fail(&fail);
	}
	return s->options->reply_set ? receive_reply(s, fd) : EXIT_DONE;
}

/* Serves the first client that access control allows. Clients that are not allowed are disconnected with a warning. */
static int
serve_client(struct send *s)
{
	struct fail fail;
	int fd, status;

	for (;;) {
		fd = endpoint_accept(&s->ep, s->deadline);
		if (fd == -1) {
			if (errno == ETIMEDOUT)
				(void)fail_timeout(&fail, "%s: timed out before a receiver connected", s->addr.text);
			else
				(void)fail_errno(&fail, "%s: accept", s->addr.text);
			return msg_fail(&fail);
		}
		if (send_admit(&s->access_control, fd, &fail) == 0)
			break;
		msg_log("%s: %s", s->addr.text, fail.text);
		socket_discard(fd);
	}
	/*
	 * The listening socket is closed early, so that later clients get ECONNREFUSED immediately and another process
	 * can bind to the path.
	 */
	endpoint_done(&s->ep);
	if (recv_sockopts_apply_accepted(&s->sockopts, fd, &fail) == -1)
		status = msg_fail(&fail);
	else
		status = serve(s, fd);
	socket_discard(fd);
	return status;
}

static int
serve_clients(struct send *s)
{
	struct send_clients clients = { .options = s->options,
		.ep = &s->ep,
		.address = s->addr.text,
		.sockopts = &s->sockopts,
		.access_control = &s->access_control,
		.content = &s->content,
		.deadline = s->deadline };

	clients.left = s->options->connections != 0 ? s->options->connections : s->options->keep ? UNLIMITED : 1;
	if (clients.left == 1)
		return serve_client(s);
	return send_clients_serve(&clients);
}

/* Serves the peer of a connected socket. Fails if access control does not allow the peer. */
static int
serve_connected(struct send *s)
{
	struct fail fail, reason;

	if (send_admit(&s->access_control, s->ep.fd, &reason) == 0)
		return serve(s, s->ep.fd);
	(void)fail_msg(&fail, "%s: %s", s->addr.text, reason.text);
	return msg_fail(&fail);
}

/* Reports usage errors that concern COMMAND, which gets the descriptors of the reply. */
static int
check_command(const struct options *o, char *const *command)
{
	if (command == NULL)
		return 0;
	if (*command == NULL || **command == '\0')
		return msg_usage("missing COMMAND after '--'");
	if (o->keep || o->connections > 1)
		return msg_usage("--%s and a COMMAND, which gets one reply, are mutually exclusive",
		    o->keep ? "keep" : "connections");
	if ((o->flags & MSG_PEEK) != 0)
		return msg_usage("--flags=peek and a COMMAND are mutually exclusive");
	return 0;
}

static int
check_options(const struct options *o, char *const *command)
{
	struct sink_target target;
	bool needs_command;
	struct fail fail;

	if (o->reply_set && sink_parse(&target, o->reply, &fail) == -1)
		return msg_usage(
		    "invalid argument '%s' for --reply: expected stdin, fd:N, env:NAME, file:PATH, - or discard",
		    o->reply);
	if (o->reply_set) {
		needs_command = sink_needs_command(&target);
		sink_target_done(&target);
		if (needs_command && command == NULL)
			return msg_usage("--reply=%s needs a COMMAND", o->reply);
	}
	if (o->reply_set && receiver_check_shown(o, o->reply, command != NULL) != EXIT_DONE)
		return EXIT_FAILED;
	return check_command(o, command);
}

/* Reports a usage error for operands in the wrong order, as in "send FILE ADDRESS". */
static int
check_order(const struct addr *addr, char *const *descriptors, int count)
{
	struct stat st;
	int i;

	if (addr->kind != ADDR_PATH || count == 0 || stat(addr->name, &st) == -1 || S_ISSOCK(st.st_mode))
		return 0;
	for (i = 0; i < count; i++)
		if (stat(descriptors[i], &st) == 0 && S_ISSOCK(st.st_mode))
			return msg_usage("%s is not a socket, but %s is (ADDRESS must precede DESCRIPTOR)", addr->text,
			    descriptors[i]);
	return msg_usage("%s is not a socket (ADDRESS must precede DESCRIPTOR)", addr->text);
}

/* Returns true if standard input is a file with data, or a pipe on which data arrives within INPUT_MOMENT. */
static bool
input_has_data(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == -1)
		return false;
	if (S_ISREG(st.st_mode))
		return lseek(STDIN_FILENO, 0, SEEK_CUR) < st.st_size;
	return S_ISFIFO(st.st_mode) && poll(&p, 1, INPUT_MOMENT) == 1 && (p.revents & POLLIN) != 0;
}

/*
 * Prints a hint for commands such as "echo hello | fdpass send ADDRESS". Without --data, such a command sends one NUL
 * byte instead of the content of standard input.
 */
static void
hint_input(const struct send *s)
{
	if (s->options->data == NULL && s->content.sources.count == 0 && input_has_data())
		msg_warn("standard input is not sent; to send its data, use -d @-");
}

/*
 * Prints a hint for commands such as "fdpass send ADDRESS DESCRIPTOR=NAME", which do not send the name without --names.
 * A script can have a reason to specify such a name, so the hint is printed only if standard error is a terminal or
 * with --verbose.
 */
static void
hint_names(const struct send *s)
{
	const struct source *source;
	size_t i;

	if (s->options->names || (!s->options->verbose && isatty(STDERR_FILENO) != 1))
		return;
	for (i = 0; i < s->content.sources.count; i++) {
		source = &s->content.sources.items[i];
		/*
		 * A descriptor selected with listen: keeps its name from LISTEN_FDNAMES, even if the user specified no
		 * name.
		 */
		if (source->name != NULL && strncmp(source->text, "listen:", strlen("listen:")) != 0) {
			msg_warn("the name '%s' is not sent; to send names, use --names", source->name);
			return;
		}
	}
}

static int
send_all(struct send *s, struct fail *fail)
{
	int status;

	setup_timeout_end();
	if (send_content_creds(&s->content, s->options, fail) == -1 || open_endpoint(s, fail) == -1)
		return msg_fail(fail);
	hint_names(s);
	if (s->options->reply_set)
		dump_prepare(s->options->dump);
	if (s->command == NULL)
		confine(s->options, VERB_SEND, &s->ep, &s->content.sources);
	status = s->ep.listening ? serve_clients(s) : serve_connected(s);
	if (status == EXIT_DONE)
		hint_input(s);
	return status;
}

static int
send_run(const struct options *options, int argc, char **argv)
{
	struct send s = { .options = options,
		.ep = ENDPOINT_NONE,
		/*
		 * For send, --creds specifies the credentials of sent messages and must not set SO_PASSCRED for
		 * replies.
		 */
		.sockopts = { .request = options->request & ~(unsigned int)REQUEST_CREDS,
		    .setsockopt = &options->setsockopt },
		.content = { .sources = SOURCE_LIST_NONE } };
	int descriptors = argc - 1, status;
	struct fail fail;

	if (argc == 0)
		return msg_usage("missing ADDRESS");
	/* Without --reply, "--" does not introduce a COMMAND. */
	if (options->reply_set && options->separator > 0) {
		s.command = argv + options->separator;
		descriptors = options->separator - 1;
	}
	/* "--" after a DESCRIPTOR introduces a COMMAND, which is valid only with --reply. */
	if (!options->reply_set && options->separator > 1 && options->separator < argc)
		return msg_usage("COMMAND needs --reply");
	status = check_options(options, s.command);
	if (status != 0)
		return status;
	s.deadline = options->timeout != -1 ? fdpass_deadline(options->timeout) : FDPASS_NEVER;
	if (address_parse(&s.addr, argv[0], "send", &fail) == -1)
		return msg_fail(&fail);
	if (check_order(&s.addr, argv + 1, descriptors) != 0) {
		addr_done(&s.addr);
		return EXIT_FAILED;
	}
	/* For an inherited socket, --listen is checked after fdpass has determined whether the socket is listening. */
	if ((options->keep || options->connections != 0) && s.addr.kind != ADDR_FD &&
	    (!options->role_set || options->role != ROLE_LISTEN)) {
		addr_done(&s.addr);
		return msg_usage("--%s needs --listen", options->keep ? "keep" : "connections");
	}
	setup_timeout_begin(s.deadline, "timed out before the DESCRIPTORs could be opened and the data could be read");
	if (access_init(&s.access_control, options, &fail) == -1 ||
	    sources_open(&s.content.sources, options, argv + 1, (size_t)descriptors, false, &fail) == -1 ||
	    send_content_load(&s.content, options, &fail) == -1)
		status = msg_fail(&fail);
	else
		status = send_all(&s, &fail);
	endpoint_done(&s.ep);
	send_content_done(&s.content);
	access_done(&s.access_control);
	addr_done(&s.addr);
	return status;
}

static const char *const examples[] = {
	"fdpass send /run/x.sock 3 /etc/hosts         descriptor 3 and an open file",
	"fdpass send -d hi /run/x.sock tcp-listen::80 data and a listening socket",
	"fdpass send -d FDSTORE=1 env:NOTIFY_SOCKET 3 store descriptor 3 in systemd",
	NULL,
};

const struct verb verb_send = {
	.name = "send",
	.bit = VERB_SEND,
	.operands = "ADDRESS [DESCRIPTOR]... [-- COMMAND [ARG]...]",
	.summary = "Send data and the named descriptors",
	.examples = examples,
	.command_after = -1,
	.run = send_run,
};
