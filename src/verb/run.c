/* SPDX-License-Identifier: ISC */
/*
 * The verb run: opens the descriptors named on the command line, and runs a command that inherits them. The descriptors
 * get the numbers from 3 up, and LISTEN_FDS contains their count, as for descriptors that recv has received. The
 * command replaces this process immediately, or is started on demand (verb/activation.h).
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/internal.h"
#include "exec/command.h"
#include "exec/handover.h"
#include "cli/cleanup.h"
#include "cli/message.h"
#include "cli/sources.h"
#include "receive/launch.h"
#include "verb/activation.h"
#include "verb/verbs.h"

static int
check_places(const struct options *o, size_t count)
{
	if (!o->accept && o->place_count != 0 && o->place_count != count)
		return msg_usage("cannot place %zu descriptor%s with %zu option%s (--fd, --stdin, --stdout, --stderr)",
		    count, count == 1 ? "" : "s", o->place_count, o->place_count == 1 ? "" : "s");
	return 0;
}

/*
 * Suggests --accept for commands such as "run --inetd tcp-listen::22 -- sshd -i". Without --accept, sshd would get the
 * listening socket as its standard input.
 */
static void
hint_accept(const struct options *o, const struct source_list *sources)
{
	if (!options_given(o, "inetd") || o->accept || o->on_demand || sources->count != 1)
		return;
	if (fdp_sock_option(sources->items[0].fd, SO_ACCEPTCONN) == 1)
		msg_warn("%s: COMMAND gets the listening socket; to start it for each connection, add --accept",
		    sources->items[0].text);
}

static int
hand_over(const struct options *options, struct source_list *sources, char **command)
{
	struct handover h;
	struct fail fail;
	int *fds = calloc(sources->count + 1, sizeof(*fds));
	int **own = calloc(sources->count + 1, sizeof(*own));
	const char **names = calloc(sources->count + 1, sizeof(*names));
	size_t i, owned = 0;
	int status;

	if (fds == NULL || own == NULL || names == NULL) {
		(void)fail_errno(&fail, "cannot run %s", command[0]);
		status = msg_fail(&fail);
		goto out;
	}
	for (i = 0; i < sources->count; i++) {
		fds[i] = sources->items[i].fd;
		names[i] = sources->items[i].name;
		if (sources->items[i].endpoint.dirfd != -1)
			own[owned++] = &sources->items[i].endpoint.dirfd;
	}
	launch_options(&h, options);
	h.fds = fds;
	h.names = names;
	h.count = sources->count;
	h.own = own;
	h.own_count = owned;
	status = activation_run(options, sources, &h, command);
	if (status == 0 && !activation_has_children(options)) {
		(void)handover_exec(&h, command, &fail);
		status = msg_fail(&fail);
	}
out:
	free(fds);
	free(own);
	free(names);
	return status;
}

static int
run_run(const struct options *options, int argc, char **argv)
{
	struct source_list sources = SOURCE_LIST_NONE;
	struct fail fail;
	int status;

	if (options->separator == -1)
		return msg_usage("missing '--' between the DESCRIPTORs and COMMAND");
	if (options->separator == argc || *argv[options->separator] == '\0')
		return msg_usage("missing COMMAND after '--'");
	status = activation_check(options, argv[options->separator]);
	if (status != 0)
		return status;
	if (sources_open(&sources, options, argv, (size_t)options->separator, false, &fail) == -1)
		return msg_fail(&fail);
	status = check_places(options, sources.count);
	/*
	 * The file that w:PATH names is truncated after the check of COMMAND, so that the file keeps its content if
	 * COMMAND does not exist.
	 */
	if (status == 0 &&
	    (command_check(argv[options->separator], &fail) == -1 || source_list_truncate(&sources, &fail) == -1))
		status = msg_fail(&fail);
	if (status == 0) {
		hint_accept(options, &sources);
		status = hand_over(options, &sources, argv + options->separator);
	}
	source_list_close(&sources);
	return status;
}

static const char *const examples[] = {
	"fdpass run tcp-listen::8080=web -- server                as a systemd service",
	"fdpass run pid:$(pidof -s nginx):listening -- server     with nginx's sockets",
	"fdpass run --on-demand -k unix-listen:./x -- server      start it on demand",
	"fdpass run --accept --inetd tcp-listen::2222 -- sshd -i  one for each client",
	NULL,
};

const struct verb verb_run = {
	.name = "run",
	.bit = VERB_RUN,
	.operands = "[DESCRIPTOR]... -- COMMAND [ARG]...",
	.summary = "Run COMMAND with the named descriptors",
	.examples = examples,
	.command_after = -1,
	.run = run_run,
};
