/* SPDX-License-Identifier: ISC */
/* The verb watch: shows the messages that running programs, or a program that it starts, send and receive. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/no_auto_init.h"
#include "base/num.h"
#include "base/sigpipe.h"
#include "net/notify.h"
#include "inspect/kind_list.h"
#include "exec/command.h"
#include "watch/watch.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/options.h"
#include "receive/access_control.h"
#include "verb/verbs.h"
#include "verb/watch_output.h"

/* number of additional data bytes to read, so that a multibyte character at the end of the shown data is complete */
#define DATA_SPARE 4

/* The state of this verb. */
struct watching {
	const struct options *options;
	struct watch_options watch_options;
	struct watch *watch;
	struct watch_output output;
	struct fail fail;
};

/* Returns true if MESSAGE is selected by --only-fds and --only. */
static bool
watch_wants(void *arg, const struct message *message)
{
	const struct options *o = ((const struct watch_output *)arg)->options;
	NO_AUTO_INIT struct fd_facts spare;
	const struct fd_facts *facts;
	size_t i;

	if (o->only_fds && !message_has_ancillary(message))
		return false;
	if (o->only == NULL)
		return true;
	for (i = 0; i < fdpass_msg_fd_count(message->msg); i++) {
		facts = message_fd(message, i, &spare);
		if (facts != NULL && facts->err == 0 && kind_list_matches(o->only, facts))
			return true;
	}
	return false;
}

static void
watch_warn(void *arg, const char *text)
{
	(void)arg;
	msg_log("%s", text);
}

static int
watching_init(struct watching *w, const struct options *o, int standard)
{
	w->options = o;
	w->watch_options = (struct watch_options){ .all = o->all,
		.brief = o->dump != DUMP_JSON,
		.no_follow = o->no_follow,
		.max_data = watch_output_max_data(o) + DATA_SPARE,
		.arg = &w->output,
		.wants = o->only != NULL || o->only_fds ? watch_wants : NULL,
		.describe = watch_output_describe,
		.flush = watch_output_flush,
		.drain = watch_output_drain,
		.hold = watch_output_hold,
		.show_held = watch_output_show_held,
		.warn = watch_warn };
	if (o->only != NULL && access_check_kinds("only", o->only, &w->fail) == -1)
		return -1;
	if (watch_output_open(&w->output, o, standard, &w->fail) == -1)
		return -1;
	w->watch_options.output = w->output.fd;
	if ((w->watch = watch_new(&w->watch_options)) == NULL)
		return fail_errno(&w->fail, "cannot allocate memory");
	return 0;
}

/* --- running programs */

/*
 * Ignores the stop signals from the terminal (such as SIGTSTP), because a traced program cannot continue while its
 * tracer is stopped.
 */
static void
ignore_job_control(void)
{
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	/*
	 * If SIGCHLD were ignored, the kernel would reap children automatically, and waitpid(2) would not report them.
	 */
	(void)signal(SIGCHLD, SIG_DFL);
}

static int
attach_all(struct watching *w, int argc, char **argv)
{
	long long pid;
	const char *why;
	int i;

	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "pid:", 4) == 0 && num_parse(argv[i] + 4, 1, INT_MAX, &pid, &why) == 0)
			return fail_msg(
			    &w->fail, "invalid process ID '%s': write %s, without pid:", argv[i], argv[i] + 4);
		if (num_parse(argv[i], 1, INT_MAX, &pid, &why) == -1)
			return fail_msg(&w->fail, "invalid process ID '%s': %s; to start a command, write -- before it",
			    argv[i], why);
		if (watch_attach(w->watch, (pid_t)pid, &w->fail) == -1)
			return -1;
	}
	watch_settle(w->watch);
	return 0;
}

static int
watch_processes(struct watching *w, int argc, char **argv)
{
	size_t threads;
	int status = EXIT_DONE;

	ignore_job_control();
	watch_output_begin(&w->output);
	if (attach_all(w, argc, argv) == -1)
		return msg_fail(&w->fail);
	threads = watch_thread_count(w->watch);
	if (w->options->verbose || isatty(STDERR_FILENO) == 1)
		msg_warn("attached to %d process%s, %zu thread%s%s", argc, argc == 1 ? "" : "es", threads,
		    threads == 1 ? "" : "s",
		    w->options->all ? "" : "; only messages with control messages are shown (--all shows all)");
	if (notify_ready(w->options->ready_fd, &w->fail) == -1)
		return msg_fail(&w->fail);
	confine(w->options, VERB_WATCH, NULL, NULL);
	if (watch_run(w->watch, false, &w->fail) == -1) {
		if (w->fail.err == EPIPE) {
			sigpipe_restore();
			(void)raise(SIGPIPE);
		}
		status = msg_fail(&w->fail);
	}
	return status;
}

/* --- a program that is started */

/* Runs in the tracer process. */
static void
watch_command(void *arg, int output)
{
	struct watching *w = arg;

	if (output != -1)
		w->output.fd = w->watch_options.output = output;
	watch_output_begin(&w->output);
	confine(w->options, VERB_WATCH, NULL, NULL);
	/*
	 * Tracing continues after an error, because the program needs its tracer. EPIPE is not reported as an error:
	 * the reader of the output has closed its end.
	 */
	if (watch_run(w->watch, true, &w->fail) == -1 && w->fail.err != EPIPE)
		(void)msg_fail(&w->fail);
	watch_output_end(&w->output);
	helper_exit();
	_exit(EXIT_DONE);
}

static int
watch_verb(const struct options *o, int argc, char **argv)
{
	struct watching w = { .options = o };
	bool starts = o->separator == 0;
	int status = EXIT_FAILED;

	if (argc == 0)
		return msg_usage(starts ? "missing COMMAND" : "missing PID or -- COMMAND");
	if (o->separator > 0)
		return msg_usage("PID and COMMAND are mutually exclusive");
	if (starts && options_given(o, "ready-fd"))
		return msg_usage("--ready-fd and COMMAND are mutually exclusive");
	if (watching_init(&w, o, starts ? STDERR_FILENO : STDOUT_FILENO) == -1)
		return msg_fail(&w.fail);
	if (!starts)
		status = watch_processes(&w, argc, argv);
	else if (watch_start(w.watch, w.output.fd, watch_command, &w, &w.fail) == -1 ||
	    command_exec(argv, &w.fail) == -1)
		status = msg_fail(&w.fail);
	watch_free(w.watch);
	watch_output_close(&w.output);
	return status;
}

static const char *const examples[] = {
	"fdpass watch $(pidof dbus-daemon)       the messages of a running program",
	"fdpass watch --json --output=log -- foot   the messages of a new program",
	NULL,
};

const struct verb verb_watch = {
	.name = "watch",
	.bit = VERB_WATCH,
	.operands = "{PID... | -- COMMAND [ARG]...}",
	.summary = "Show descriptors and control messages that programs send and receive",
	.examples = examples,
	.command_after = -1,
	.run = watch_verb,
};
