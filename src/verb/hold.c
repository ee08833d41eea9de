/* SPDX-License-Identifier: ISC */
/* The verb hold: stores named descriptors for other processes, and restarts a command that inherits the descriptors. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/helper.h"
#include "hold/hold.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "receive/access_control.h"
#include "receive/launch.h"
#include "verb/verbs.h"

#define MAX_FDS 512 /* value of FileDescriptorStoreMax= in most systemd units */

/* The state of this verb. */
struct keeper {
	const struct options *options;
	struct addr addr;
	bool has_command;
	struct endpoint endpoint;
	struct access_control access_control;
	struct handover handover;
	struct store_limit *limits;
	size_t limit_count;
	size_t max_fds;
};

static void
keeper_warn(void *arg, const char *text)
{
	(void)arg;
	msg_log("%s", text);
}

static void
keeper_log(void *arg, const char *text)
{
	(void)arg;
	msg_notice(text);
}

static void
keeper_warned(void *arg)
{
	(void)arg;
	msg_log_end();
}

static void
keeper_opened(void *arg, const struct endpoint *endpoint)
{
	const struct keeper *k = arg;

	address_waits(k->options, &k->addr, endpoint);
	if (!k->has_command)
		confine(k->options, VERB_HOLD, endpoint, NULL);
}

static void
keeper_forked(void *arg)
{
	(void)arg;
	cleanup_forget();
}

static int
keeper_admit(void *arg, const struct peer *peer, struct fail *fail)
{
	const struct keeper *k = arg;

	return access_peer(&k->access_control, peer, fail);
}

static int
keeper_check(void *arg, const struct fdpass_msg *msg, struct fail *fail)
{
	const struct keeper *k = arg;
	const struct message message = { .msg = msg };

	return access_descriptors(&k->access_control, &message, fail);
}

/*
 * Sets the limits from --max-fds. An argument N limits the number of descriptors in the store, and NAME:N limits the
 * number of descriptors named NAME.
 */
static int
limits_fill(struct keeper *k)
{
	const struct list *given = &k->options->max_fds;
	size_t i;

	k->max_fds = MAX_FDS;
	k->limits = calloc(given->count + 1, sizeof(*k->limits));
	if (k->limits == NULL)
		return -1;
	for (i = 0; i < given->count; i++) {
		const char *colon = strchr(given->items[i], ':');
		size_t max = strtoul(colon != NULL ? colon + 1 : given->items[i], NULL, 10);

		if (colon == NULL) {
			k->max_fds = max;
			continue;
		}
		k->limits[k->limit_count].name = strndup(given->items[i], (size_t)(colon - given->items[i]));
		if (k->limits[k->limit_count].name == NULL)
			return -1;
		k->limits[k->limit_count++].max = max;
	}
	return 0;
}

static void
keeper_done(struct keeper *k)
{
	size_t i;

	endpoint_done(&k->endpoint);
	for (i = 0; i < k->limit_count; i++)
		free((void *)(uintptr_t)k->limits[i].name);
	free(k->limits);
	access_done(&k->access_control);
	addr_done(&k->addr);
}

/*
 * Terminates this process with SIGNAL_NUMBER. If this process is the init process of a pid namespace, it cannot
 * terminate itself with a signal, so returns an exit status.
 */
static int
end_by_signal(int signal_number)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;

	if (getpid() != 1) {
		helper_exit();
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(signal_number, SIG_DFL);
		(void)sigemptyset(&set);
		(void)sigaddset(&set, signal_number);
		/* SIGNAL_NUMBER is delivered when sigprocmask(2) unblocks the signal. */
		(void)raise(signal_number);
		/* cppcheck-suppress unreachableCode */
		(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	return 128 + signal_number;
}

static enum hold_restart
restart_of(const char *word)
{
	if (strcmp(word, "always") == 0)
		return HOLD_RESTART_ALWAYS;
	return strcmp(word, "on-failure") == 0 ? HOLD_RESTART_ON_FAILURE : HOLD_RESTART_NO;
}

static int
keep(struct keeper *k, char **command, struct fail *fail)
{
	const struct options *o = k->options;
	struct hold_options hold = { .addr = &k->addr,
		.endpoint = &k->endpoint,
		.ready_fd = o->ready_fd,
		.max_fds = k->max_fds,
		.limits = k->limits,
		.limit_count = k->limit_count,
		.owner = o->owner,
		.command = command,
		.handover = &k->handover,
		.restart = restart_of(o->restart),
		.attended = o->verbose || isatty(STDERR_FILENO) == 1,
		.replace = o->replace,
		.arg = k,
		.warn = keeper_warn,
		.warned = keeper_warned,
		.exit_status = exit_status,
		.log = o->verbose ? keeper_log : NULL,
		.opened = keeper_opened,
		.forked = keeper_forked,
		.admit = access_needs_peer(&k->access_control) ? keeper_admit : NULL,
		.check = o->require != NULL ? keeper_check : NULL };
	int status = EXIT_DONE;

	options_endpoint(o, ROLE_LISTEN, &hold.endpoint_options);
	launch_options(&k->handover, o);
	cleanup_hold();
	cleanup_watch(&k->endpoint);
	cleanup_release();
	if (hold_run(&hold, &status, fail) == -1)
		return msg_fail(fail);
	return status;
}

static int
hold_verb(const struct options *o, int argc, char **argv)
{
	struct keeper k = { .options = o, .endpoint = ENDPOINT_NONE };
	char **command = NULL;
	struct fail fail;
	int status;

	if (argc == 0 || o->separator == 0)
		return msg_usage("missing ADDRESS");
	if (o->separator != -1)
		command = argv + o->separator;
	if ((o->separator == -1 ? argc : o->separator) > 1)
		return msg_usage("unexpected operand '%s' (COMMAND must follow '--')", argv[1]);
	if (command != NULL && (*command == NULL || **command == '\0'))
		return msg_usage("missing COMMAND after '--'");
	k.has_command = command != NULL;
	/* argc is not 0, as checked above. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	if (address_parse(&k.addr, argv[0], "hold", &fail) == -1)
		return msg_fail(&fail);
	if (limits_fill(&k) == -1) {
		(void)fail_errno(&fail, "--max-fds");
		status = msg_fail(&fail);
	} else if (access_init(&k.access_control, o, &fail) == -1)
		status = msg_fail(&fail);
	else
		status = keep(&k, command, &fail);
	keeper_done(&k);
	return status < 0 ? end_by_signal(-status) : status;
}

static const char *const examples[] = {
	"fdpass hold /run/x.sock                     a store for sd_notify(3) clients",
	"fdpass hold --restart=always @x -- server   a server whose sockets stay open",
	"fdpass hold -t stream /run/y.sock           a store that can be listed:",
	"  fdpass send --reply=- -d FDLIST=1 /run/y.sock",
	NULL,
};

const struct verb verb_hold = {
	.name = "hold",
	.bit = VERB_HOLD,
	.operands = "ADDRESS [-- COMMAND [ARG]...]",
	.summary = "Keep descriptors for programs that restart (FDSTORE=1)",
	.examples = examples,
	.command_after = -1,
	.run = hold_verb,
};
