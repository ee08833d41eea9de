/* SPDX-License-Identifier: ISC */
/*
 * The verb tty: receives a pseudo-terminal, and connects the user's terminal to it until the pseudo-terminal is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/notify.h"
#include "inspect/fd.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/pid_file.h"
#include "tty/console.h"
#include "tty/console_set.h"
#include "tty/pump.h"
#include "tty/terminal.h"
#include "verb/verbs.h"

/* The state of this verb. */
struct tty {
	const struct options *options;
	struct addr addr;
	struct endpoint ep;
	struct receiver receiver;
	struct detach_keys detach_keys;
};

static void
undo(void)
{
	terminal_restore();
	pid_file_remove();
}

/*
 * Returns the descriptor from which input is read, or -1 for no input. Returns -1 if standard input is closed or is
 * open only for writing.
 */
static int
input_of(const struct options *o)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	return o->no_stdin || flags == -1 || (flags & O_ACCMODE) == O_WRONLY ? -1 : STDIN_FILENO;
}

/*
 * Copies data between the user's terminal and MASTER until the pseudo-terminal is closed. Closes MASTER. Returns the
 * result of pump_run().
 */
static int
serve(const struct tty *t, int master, struct fail *fail)
{
	int in = input_of(t->options), screen = -1, ret = 0;
	bool from_terminal = in != -1 && isatty(in) == 1, to_terminal = isatty(STDOUT_FILENO) == 1;

	if (to_terminal)
		screen = pump_reopen(STDOUT_FILENO);
	if (from_terminal || to_terminal)
		ret = terminal_begin(from_terminal ? in : STDOUT_FILENO, from_terminal, master, fail);
	if (ret == 0)
		ret = pump_run(in, screen != -1 ? screen : STDOUT_FILENO, master, &t->detach_keys, fail);
	terminal_end();
	if (screen != -1)
		(void)close(screen);
	fd_close_all(&master, 1);
	if (ret != -1 && t->options->verbose)
		msg_warn(ret == PUMP_DETACHED ? "detached" : "the pseudo-terminal was closed");
	return ret;
}

/* Prints an error that explains why no console was received. Returns the exit status. */
static int
failed(const struct tty *t, enum recv_result got, const struct fail *fail)
{
	if (got == RECV_TIMEOUT || (got == RECV_ERROR && fail->err == ETIMEDOUT))
		return receiver_report_timeout(&t->receiver, t->addr.text);
	if (got == RECV_END) {
		msg_warn("%s: end of file before a pseudo-terminal arrived", t->addr.text);
		return EXIT_FAILED;
	}
	return msg_fail(fail);
}

/* Receives one console from the first client that access control allows. */
static enum recv_result
receive_one(struct tty *t, int *master, struct fail *fail)
{
	struct connection connection = CONNECTION_NONE;
	struct delivery delivery;
	enum recv_result got = RECV_ERROR;
	int rc;

	delivery_init(&delivery, &t->receiver.target);
	if (t->ep.listening) {
		rc = connection_accept(&connection, &t->receiver, &t->ep, &delivery, NULL, NULL, fail);
		/* The listening socket is closed early, so that further clients get an error immediately. */
		if (rc == 0)
			endpoint_done(&t->ep);
	} else
		rc = connection_open(&connection, &t->receiver, t->ep.fd, false, 1, &delivery, fail);
	if (rc == 0)
		got = console_receive(&t->receiver, &connection, true, master, fail);
	connection_close(&connection);
	delivery_done(&delivery);
	return got;
}

static int
run_once(struct tty *t)
{
	struct fail fail;
	int master = -1;
	enum recv_result got = receive_one(t, &master, &fail);

	if (got != RECV_DONE)
		return failed(t, got, &fail);
	return serve(t, master, &fail) == -1 ? msg_fail(&fail) : EXIT_DONE;
}

/*
 * With --no-stdin, prints the output of all consoles concurrently. Otherwise, serves the consoles one after the other.
 */
static int
run_keep(struct tty *t)
{
	struct console_set set;
	struct fail fail;
	int master = -1, rc;

	console_set_init(&set, &t->receiver, &t->ep, !t->options->no_stdin);
	do {
		rc = console_set_next(&set, &master, &fail);
		if (rc == 0)
			rc = serve(t, master, &fail);
	} while (rc == 0);
	console_set_done(&set);
	return rc == PUMP_DETACHED ? EXIT_DONE : failed(t, RECV_ERROR, &fail);
}

static int
open_endpoint(struct tty *t, struct fail *fail)
{
	int role = address_open(&t->ep, &t->addr, t->options, ROLE_LISTEN, NULL, NULL, fail);

	if (role == -1)
		return -1;
	if (t->ep.type == SOCK_DGRAM)
		return fail_msg(fail, "%s: tty needs a stream or seqpacket socket", t->addr.text);
	if (t->options->keep && !t->ep.listening)
		return fail_msg(fail, "%s: --keep needs a listening socket", t->addr.text);
	if (t->options->pid_file != NULL && pid_file_write(t->options->pid_file, fail) == -1)
		return -1;
	address_waits(t->options, &t->addr, &t->ep);
	if (t->options->ready_fd != -1 || role == ROLE_LISTEN)
		return notify_ready(t->options->ready_fd, fail);
	return 0;
}

static int
run(struct tty *t)
{
	struct fail fail;

	cleanup_also(undo);
	if (open_endpoint(t, &fail) == -1)
		return msg_fail(&fail);
	confine(t->options, VERB_TTY, &t->ep, NULL);
	return t->options->keep ? run_keep(t) : run_once(t);
}

static int
tty_run(const struct options *options, int argc, char **argv)
{
	struct tty t = { .options = options, .ep = ENDPOINT_NONE };
	struct fail fail;
	int status;

	if (argc == 0)
		return msg_usage("missing ADDRESS");
	if (argc > 1)
		return msg_usage("unexpected operand '%s': expected one ADDRESS", argv[1]);
	if (options->type == SOCK_DGRAM)
		return msg_usage("--type=dgram cannot be used with tty");
	if (detach_keys_parse(&t.detach_keys, options->detach_keys, &fail) == -1)
		return msg_usage("%s", fail.text);
	if (address_parse(&t.addr, argv[0], "tty", &fail) == -1)
		return msg_fail(&fail);
	if (console_init(&t.receiver, options, &fail) == -1)
		status = msg_fail(&fail);
	else
		status = run(&t);
	pid_file_remove();
	endpoint_done(&t.ep);
	receiver_done(&t.receiver);
	addr_done(&t.addr);
	return status;
}

static const char *const examples[] = {
	"fdpass tty /run/c.sock                       wait for a container's terminal;",
	"runc run -d --console-socket /run/c.sock box   start it in another shell",
	"fdpass tty -k --no-stdin /run/c.sock >log    the output of all containers",
	NULL,
};

const struct verb verb_tty = {
	.name = "tty",
	.bit = VERB_TTY,
	.operands = "ADDRESS",
	.summary = "Receive a pseudo-terminal and connect the terminal to it",
	.examples = examples,
	.command_after = -1,
	.run = tty_run,
};
