/* SPDX-License-Identifier: ISC */
/* tty: waits for a pseudo-terminal and is its terminal until the other side is closed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/notify.h"
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

/* With --keep: so long may one that connected keep the others waiting before it sends its console. */
#define SILENCE (INT64_C(5) * 1000000000)

/* Everything one run needs. */
struct tty {
	const struct options *options;
	struct addr addr;
	struct endpoint ep;
	struct receiver receiver;
};

static void
undo(void)
{
	terminal_restore();
	pid_file_remove();
}

/* A standard input that was closed, or that is only for writing, is none. */
static int
input_of(const struct options *o)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	return o->no_stdin || flags == -1 || (flags & O_ACCMODE) == O_WRONLY ? -1 : STDIN_FILENO;
}

/* Is the terminal of MASTER, which it closes, for as long as somebody is behind it. */
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
		ret = pump_run(in, screen != -1 ? screen : STDOUT_FILENO, master, fail);
	terminal_end();
	if (screen != -1)
		(void)close(screen);
	(void)close(master);
	if (ret == 0 && t->options->verbose)
		msg_warn("the pseudo-terminal was closed");
	return ret;
}

/* One console from the socket FD, which is closed if it is OURS. */
static enum recv_result
receive_from(struct tty *t, int fd, bool ours, int *master, struct fail *fail)
{
	struct connection connection;
	enum recv_result got;

	if (connection_open(&connection, &t->receiver, fd, ours, 1, NULL, fail) == -1)
		return RECV_ERROR;
	got = console_receive(&t->receiver, &connection, true, master, fail);
	connection_close(&connection);
	return got;
}

static enum recv_result
accept_and_receive(struct tty *t, int *master, struct fail *fail)
{
	int fd = endpoint_accept(&t->ep, t->receiver.deadline);

	if (fd == -1 && errno == ETIMEDOUT)
		return RECV_TIMEOUT;
	if (fd == -1) {
		(void)fail_errno(fail, "%s: accept", t->addr.text);
		return RECV_ERROR;
	}
	/* Nobody else is waited for: who comes now is told so instead of being left waiting. */
	endpoint_done(&t->ep);
	return receive_from(t, fd, true, master, fail);
}

static int
failed(const struct tty *t, enum recv_result got, const struct fail *fail)
{
	if (got == RECV_TIMEOUT) {
		msg_warn("%s: no pseudo-terminal came in time (--timeout)", t->addr.text);
		return EXIT_TIMEOUT;
	}
	if (got == RECV_END) {
		msg_warn("%s: end of file, and no pseudo-terminal came", t->addr.text);
		return EXIT_FAILED;
	}
	return msg_fail(fail);
}

static int
run_once(struct tty *t)
{
	struct fail fail;
	int master = -1;
	enum recv_result got = t->ep.listening ? accept_and_receive(t, &master, &fail) :
						 receive_from(t, t->ep.fd, false, &master, &fail);

	if (got != RECV_DONE)
		return failed(t, got, &fail);
	return serve(t, master, &fail) == -1 ? msg_fail(&fail) : EXIT_DONE;
}

/* The console of the one who connected; what is wrong with it is said, and the next one has its turn. */
static int
serve_next(struct tty *t, int fd, struct fail *fail)
{
	int64_t patience = fdpass_deadline(SILENCE);
	int master = -1;
	enum recv_result got;

	if (t->receiver.deadline > patience)
		t->receiver.deadline = patience;
	got = receive_from(t, fd, true, &master, fail);
	if (got == RECV_DONE)
		return serve(t, master, fail);
	if (got == RECV_TIMEOUT)
		msg_warn("%s: a connection that sent nothing was dropped", t->addr.text);
	else
		(void)failed(t, got, fail);
	return 0;
}

/* One console after the other. */
static int
run_keep(struct tty *t)
{
	struct fail fail;
	int fd;

	for (;;) {
		if (t->options->timeout != -1)
			t->receiver.deadline = fdpass_deadline(t->options->timeout);
		else
			t->receiver.deadline = FDPASS_NEVER;
		fd = endpoint_accept(&t->ep, t->receiver.deadline);
		if (fd == -1 && errno == ETIMEDOUT)
			return failed(t, RECV_TIMEOUT, NULL);
		if (fd == -1)
			(void)fail_errno(&fail, "%s: accept", t->addr.text);
		if (fd == -1 || serve_next(t, fd, &fail) == -1)
			return msg_fail(&fail);
	}
}

static int
open_endpoint(struct tty *t, struct fail *fail)
{
	struct endpoint_options options;
	int ret;

	options_endpoint(t->options, ROLE_LISTEN, &options);
	cleanup_hold();
	cleanup_watch(&t->ep);
	ret = endpoint_open(&t->ep, &t->addr, &options, fail);
	cleanup_release();
	if (ret == -1)
		return -1;
	if (t->ep.type == SOCK_DGRAM)
		return fail_msg(fail, "%s: a console needs a connection, not a datagram socket", t->addr.text);
	if (t->options->keep && !t->ep.listening)
		return fail_msg(fail, "%s: --keep needs a listening socket", t->addr.text);
	if (t->options->pid_file != NULL) {
		cleanup_also(undo);
		if (pid_file_write(t->options->pid_file, fail) == -1)
			return -1;
	}
	address_waits(t->options, &t->addr, &t->ep);
	if (t->options->ready_fd != -1 || options.role == ROLE_LISTEN)
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
	if (!t->options->keep)
		return run_once(t);
	return t->options->no_stdin ? consoles_show(&t->receiver, &t->ep, &t->addr) : run_keep(t);
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
		return msg_usage("%s: there is one ADDRESS only", argv[1]);
	if (options->type == SOCK_DGRAM)
		return msg_usage("--type=dgram does not go with tty");
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
	"fdpass tty /run/c.sock                       be a container's terminal;",
	"runc run -d --console-socket /run/c.sock box   another shell starts it",
	"fdpass tty -k --no-stdin /run/c.sock >log    what all containers say",
	NULL,
};

const struct verb verb_tty = {
	.name = "tty",
	.bit = VERB_TTY,
	.operands = "ADDRESS",
	.summary = "Receive a pseudo-terminal and be its terminal",
	.examples = examples,
	.command_after = -1,
	.run = tty_run,
};
