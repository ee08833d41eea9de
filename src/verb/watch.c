/* SPDX-License-Identifier: ISC */
/* watch: shows the messages of programs that run already, or of one that it starts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/helper.h"
#include "base/num.h"
#include "base/sigpipe.h"
#include "net/notify.h"
#include "describe/message.h"
#include "watch/watch.h"
#include "cli/message.h"
#include "cli/options.h"
#include "receive/dump.h"
#include "verb/verbs.h"

#define MAX_DATA 262144 /* recv's default for --bufsize */

/* Everything one run needs. */
struct watching {
	const struct options *options;
	struct watch_options watch_options;
	struct watch *watch;
	int output; /* where messages are shown */
	struct dump_output dump;
	struct fail fail;
};

static int
watch_show(void *arg, const struct message *message, struct fail *fail)
{
	struct watching *w = arg;

	message_describe(w->dump.emit, message);
	if (outbuf_flush(&w->dump.out) == 0)
		return 0;
	if (w->options->output != NULL)
		return fail_errno(fail, "write to %s", w->options->output);
	return fail_errno(fail, "write to standard %s", w->output == STDERR_FILENO ? "error" : "output");
}

static void
watch_warn(void *arg, const char *text)
{
	(void)arg;
	msg_warn("%s", text);
}

static int
watching_init(struct watching *w, const struct options *o, int standard)
{
	w->options = o;
	w->watch_options = (struct watch_options){ .all = o->all,
		.no_follow = o->no_follow,
		.max_data = MAX_DATA,
		.arg = w,
		.show = watch_show,
		.warn = watch_warn };
	w->output = standard;
	if (o->output != NULL) {
		w->output = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
		if (w->output == -1)
			return fail_errno(&w->fail, "open %s", o->output);
	}
	if ((w->watch = watch_new(&w->watch_options)) == NULL)
		return fail_errno(&w->fail, "watch");
	return 0;
}

static void
watching_done(struct watching *w)
{
	watch_free(w->watch);
	if (w->output > STDERR_FILENO)
		(void)close(w->output);
}

/* --- processes that run already */

/* Stopped by the terminal, we would stop every program that we watch. */
static void
ignore_job_control(void)
{
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	/* waitpid(2) would report nothing of children if they were reaped by themselves. */
	(void)signal(SIGCHLD, SIG_DFL);
}

static int
attach_all(struct watching *w, int argc, char **argv)
{
	long long pid;
	const char *why;
	int i;

	for (i = 0; i < argc; i++) {
		if (num_parse(argv[i], 1, INT_MAX, &pid, &why) == -1)
			return fail_msg(&w->fail, "invalid process id '%s': %s (-- before COMMAND)", argv[i], why);
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
	dump_open(&w->dump, w->options->dump == DUMP_UNSET ? DUMP_TEXT : w->options->dump, w->output, w->options);
	if (attach_all(w, argc, argv) == -1)
		return msg_fail(&w->fail);
	threads = watch_thread_count(w->watch);
	if (w->options->verbose || isatty(STDERR_FILENO) == 1)
		msg_warn("attached to %d process%s, %zu thread%s", argc, argc == 1 ? "" : "es", threads,
		    threads == 1 ? "" : "s");
	if (notify_ready(w->options->ready_fd, &w->fail) == -1)
		return msg_fail(&w->fail);
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

/* In the tracer's process. */
static void
watch_command(void *arg, int output)
{
	struct watching *w = arg;

	if (output != -1)
		w->output = output;
	dump_open(&w->dump, w->options->dump == DUMP_UNSET ? DUMP_TEXT : w->options->dump, w->output, w->options);
	/* The program cannot do without a tracer; a reader that has gone is its own business. */
	if (watch_run(w->watch, true, &w->fail) == -1 && w->fail.err != EPIPE)
		(void)msg_fail(&w->fail);
	helper_exit();
	_exit(EXIT_DONE);
}

static int
become(char **argv, struct fail *fail)
{
	sigpipe_restore();
	(void)execvp(argv[0], argv);
	(void)fail_errno(fail, "run %s", argv[0]);
	fail->status = fail->err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
	return -1;
}

static int
watch_verb(const struct options *o, int argc, char **argv)
{
	static struct watching w;
	bool starts = o->separator == 0;
	int status;

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
	else if (watch_start(w.watch, w.output, watch_command, &w, &w.fail) == -1 || become(argv, &w.fail) == -1)
		status = msg_fail(&w.fail);
	watching_done(&w);
	return status;
}

static const char *const examples[] = {
	"fdpass watch $(pidof dbus-daemon)       the messages of a running program",
	"fdpass watch --json --output=log -- foot   of one that is started",
	NULL,
};

const struct verb verb_watch = {
	.name = "watch",
	.bit = VERB_WATCH,
	.operands = "{PID... | -- COMMAND [ARG]...}",
	.summary = "Show the messages that a running program sends and receives",
	.examples = examples,
	.command_after = -1,
	.run = watch_verb,
};
