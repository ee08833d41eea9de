/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "lib/internal.h"
#include "net/notify.h"
#include "exec/command.h"
#include "activate/activate.h"
#include "cli/cleanup.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "receive/access_control.h"
#include "verb/activation.h"

struct context {
	const struct options *options;
	struct source_list *sources;
	struct access_control access_control;
};

static void
say(void *arg, enum activate_level level, const char *text)
{
	const struct context *context = arg;

	if (level == ACTIVATE_WARNING || context->options->verbose ||
	    (level == ACTIVATE_STOPPING && isatty(STDERR_FILENO) == 1))
		msg_log("%s", text);
}

static int
admit(void *arg, const struct peer *peer, struct fail *fail)
{
	const struct context *context = arg;

	return access_peer(&context->access_control, peer, fail);
}

static void
stop_listening(void *arg, bool using)
{
	struct context *context = arg;

	if (using)
		source_list_leave(context->sources);
	else
		source_list_close(context->sources);
}

static void
started(void *arg)
{
	struct context *context = arg;

	source_list_keep_files(context->sources);
}

static void
forked(void *arg)
{
	(void)arg;
	cleanup_forget();
}

static int
exec_failed(void *arg, const struct fail *fail)
{
	(void)arg;
	return msg_fail(fail);
}

int
activation_check(const struct options *o, const char *command)
{
	struct fail fail;

	if (o->accept && o->place_count > 1)
		return msg_usage(
		    "--accept: cannot place one connection with %zu options (--fd, --stdin, --stdout, --stderr)",
		    o->place_count);
	/*
	 * The command is checked before the wait, so that fdpass reports a missing command before the first connection
	 * arrives.
	 */
	if ((o->on_demand || o->accept) && command_check(command, &fail) == -1)
		return msg_fail(&fail);
	return 0;
}

bool
activation_has_children(const struct options *o)
{
	return o->accept || (o->on_demand && o->keep);
}

static int
check_sources(const struct context *c)
{
	size_t i;

	if (!c->options->accept)
		return 0;
	if (c->sources->count == 0)
		return msg_usage("--accept needs a listening socket");
	for (i = 0; i < c->sources->count; i++) {
		if (fdp_sock_option(c->sources->items[i].fd, SO_ACCEPTCONN) != 1)
			return msg_usage("%s: not a listening socket (--accept)", c->sources->items[i].text);
		if (access_needs_peer(&c->access_control) &&
		    fdp_sock_option(c->sources->items[i].fd, SO_DOMAIN) != AF_UNIX)
			return msg_usage(
			    "%s: --allow-uid and --allow-gid need an AF_UNIX socket", c->sources->items[i].text);
	}
	return 0;
}

/*
 * Prints the first DESCRIPTOR operand and the number of further operands. If --verbose is set, sources_open() has
 * already printed the address of each opened socket.
 */
static void
say_waiting(const struct options *o, const struct source_list *sources)
{
	const struct source *first = sources->items;
	bool assigned = sources->count > 0 && first->bound != NULL && strstr(first->text, first->bound) == NULL;
	char more[32] = "", address[128] = "";

	if (sources->count == 0 || (!o->verbose && isatty(STDERR_FILENO) != 1))
		return;
	if (assigned && !o->verbose)
		(void)snprintf(address, sizeof(address), " (%s)", first->bound);
	if (sources->count > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", sources->count - 1);
	msg_warn("%s %s%s%s", fdp_sock_option(first->fd, SO_ACCEPTCONN) == 1 ? "listening on" : "waiting for",
	    first->text, address, more);
}

static struct activate_fd *
describe_sources(const struct source_list *sources)
{
	struct activate_fd *fds = calloc(sources->count + 1, sizeof(*fds));
	const struct source *source;
	size_t i;

	for (i = 0; fds != NULL && i < sources->count; i++) {
		source = &sources->items[i];
		fds[i] = (struct activate_fd){ .fd = source->fd,
			.text = source->text,
			.exclusive = source->bound != NULL || (source->endpoint.ours && source->endpoint.listening) };
	}
	return fds;
}

/*
 * Called after the cleanup. Terminates this process with the signal that ended the wait, as if the process had not
 * caught the signal.
 */
static int
end_by_signal(int number)
{
	(void)raise(number);
	return 128 + number;
}

static int
command_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Waits for input or connections, and runs COMMAND. Called after the sources were opened and struct activation was
 * filled in.
 */
static int
run(const struct options *o, struct activation *a)
{
	struct fail fail;
	int ended;

	if (!activation_has_children(o))
		return activate_wait(a, &fail) == -1 ? msg_fail(&fail) : 0;
	ended = o->accept ? activate_accept(a, &fail) : activate_keep(a, &fail);
	if (ended == -1)
		return msg_fail(&fail);
	return ended > 0 ? end_by_signal(ended) : command_status(a->status);
}

static int
out_of_memory(const char *command)
{
	struct fail fail;

	(void)fail_errno(&fail, "cannot run %s", command);
	return msg_fail(&fail);
}

int
activation_run(const struct options *o, struct source_list *sources, const struct handover *handover, char **command)
{
	struct context context = { .options = o, .sources = sources };
	struct activation a = { .count = sources->count,
		.argv = command,
		.handover = *handover,
		.max_children = (size_t)o->max_children,
		.connections = o->connections,
		.arg = &context,
		.say = say,
		.admit = admit,
		.started = started,
		.stop_listening = stop_listening,
		.forked = forked,
		.exec_failed = exec_failed };
	struct fail fail;
	int status;

	if (!o->on_demand && !o->accept)
		return 0;
	if (o->accept)
		fd_limit_raise();
	if (access_init(&context.access_control, o, &fail) == -1)
		status = msg_fail(&fail);
	else if ((status = check_sources(&context)) == 0) {
		/*
		 * Only the parent removes created paths, so the children do not need the descriptors of the paths'
		 * directories (own).
		 */
		if (activation_has_children(o))
			a.handover.own_count = 0;
		a.fds = describe_sources(sources);
		if (a.fds == NULL)
			status = out_of_memory(command[0]);
		else if (notify_ready(o->ready_fd, &fail) == -1)
			status = msg_fail(&fail);
		else {
			say_waiting(o, sources);
			status = run(o, &a);
		}
		free(a.fds);
	}
	access_done(&context.access_control);
	return status;
}
