/* SPDX-License-Identifier: ISC */
/* watch: shows the messages of running programs, or of one that it starts. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/options.h"
#include "receive/dump.h"
#include "receive/guard.h"
#include "verb/verbs.h"

#define MAX_DATA   262144 /* recv's default for --bufsize */
#define DATA_SPARE 4	  /* read, so that the last character that is shown can be a whole one */
#define HELD_MAX   (1 << 20)

/* State of a run. */
struct watching {
	const struct options *options;
	struct watch_options watch_options;
	struct watch *watch;
	int output; /* where messages are shown */
	struct dump_output dump;
	char *held; /* room for a description that is shown later */
	struct fail fail;
};

/* True if MESSAGE is one of those that --only-fds and --only ask for. */
static bool
watch_wants(void *arg, const struct message *message)
{
	const struct watching *w = arg;
	NO_AUTO_INIT struct fd_facts spare;
	const struct fd_facts *facts;
	size_t i;

	if (w->options->only_fds && !message_has_ancillary(message))
		return false;
	if (w->options->only == NULL)
		return true;
	for (i = 0; i < fdpass_msg_fd_count(message->msg); i++) {
		facts = message_fd(message, i, &spare);
		if (facts != NULL && facts->err == 0 && kind_list_matches(w->options->only, facts))
			return true;
	}
	return false;
}

static void
watch_describe(void *arg, const struct message *message)
{
	struct watching *w = arg;

	dump_message(&w->dump, message);
}

static int
watch_flush(void *arg, struct fail *fail)
{
	struct watching *w = arg;

	if (outbuf_flush(&w->dump.out) == 0)
		return 0;
	if (w->options->output != NULL)
		return fail_errno(fail, "write to %s", w->options->output);
	return fail_errno(fail, "write to standard %s", w->output == STDERR_FILENO ? "error" : "output");
}

static char *
watch_hold(void *arg, const struct message *message, size_t *length)
{
	struct watching *w = arg;
	struct outbuf out = w->dump.out;
	char *text = NULL;

	if (w->held == NULL && (w->held = malloc(HELD_MAX)) == NULL)
		return NULL;
	/* Output that exceeds the buffer cannot be written, and becomes an error. */
	outbuf_init(&w->dump.out, -1, w->held, HELD_MAX);
	dump_message(&w->dump, message);
	*length = w->dump.out.used;
	if (w->dump.out.err == 0 && (text = malloc(*length + 1)) != NULL)
		memcpy(text, w->held, *length);
	w->dump.out = out;
	return text;
}

/* The message number is the first number in its text. */
static void
watch_show_held(void *arg, const char *text, size_t length, uint64_t number)
{
	struct outbuf *out = &((struct watching *)arg)->dump.out;
	static const char word[] = "message";
	const char *at = memmem(text, length, word, sizeof(word) - 1), *end = text + length;
	char digits[24];

	if (at != NULL)
		for (at += sizeof(word) - 1; at < end && (*at < '0' || *at > '9'); at++)
			;
	if (at == NULL || at == end)
		return;
	outbuf_bytes(out, text, (size_t)(at - text));
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	outbuf_string(out, digits);
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	outbuf_bytes(out, at, (size_t)(end - at));
}

static void
watch_warn(void *arg, const char *text)
{
	(void)arg;
	msg_warn("%s", text);
}

static size_t
max_data(const struct options *o)
{
	return o->max_data < MAX_DATA ? (size_t)o->max_data : MAX_DATA;
}

static void
open_dump(struct watching *w)
{
	dump_open(&w->dump, w->options->dump == DUMP_UNSET ? DUMP_TEXT : w->options->dump, w->output, w->options);
	w->dump.limit_data = true;
	w->dump.max_data = max_data(w->options);
}

static int
watching_init(struct watching *w, const struct options *o, int standard)
{
	w->options = o;
	w->watch_options = (struct watch_options){ .all = o->all,
		.brief = o->dump != DUMP_JSON,
		.no_follow = o->no_follow,
		.max_data = max_data(o) + DATA_SPARE,
		.arg = w,
		.wants = o->only != NULL || o->only_fds ? watch_wants : NULL,
		.describe = watch_describe,
		.flush = watch_flush,
		.hold = watch_hold,
		.show_held = watch_show_held,
		.warn = watch_warn };
	w->output = standard;
	if (o->only != NULL && guard_check_kinds("only", o->only, &w->fail) == -1)
		return -1;
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
	free(w->held);
	if (w->output > STDERR_FILENO)
		(void)close(w->output);
}

/* --- running programs */

/* If the terminal stopped this process, it would stop every program that it watches. */
static void
ignore_job_control(void)
{
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	/* waitpid(2) would report no children if they were reaped automatically. */
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
	open_dump(w);
	if (attach_all(w, argc, argv) == -1)
		return msg_fail(&w->fail);
	threads = watch_thread_count(w->watch);
	if (w->options->verbose || isatty(STDERR_FILENO) == 1)
		msg_warn("attached to %d process%s, %zu thread%s%s", argc, argc == 1 ? "" : "es", threads,
		    threads == 1 ? "" : "s",
		    w->options->all ? "" : "; only messages with control messages are shown (--all shows all)");
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

/* Runs in the tracer's process. */
static void
watch_command(void *arg, int output)
{
	struct watching *w = arg;

	if (output != -1)
		w->output = output;
	open_dump(w);
	/* The program needs the tracer, so a reader that has closed the output does not end it. */
	if (watch_run(w->watch, true, &w->fail) == -1 && w->fail.err != EPIPE)
		(void)msg_fail(&w->fail);
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
	else if (watch_start(w.watch, w.output, watch_command, &w, &w.fail) == -1 || command_exec(argv, &w.fail) == -1)
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
	.summary = "Show the messages with control messages that programs send and receive",
	.examples = examples,
	.command_after = -1,
	.run = watch_verb,
};
