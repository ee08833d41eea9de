/* SPDX-License-Identifier: ISC */
/* The verb watch: shows the messages of running programs, or of a program that it starts. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/call_timeout.h"
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
#include "receive/dump.h"
#include "receive/access_control.h"
#include "verb/verbs.h"

#define MAX_DATA 262144 /* recv's default for --bufsize */
/* number of additional bytes to read, so that the last multibyte character that is shown is complete */
#define DATA_SPARE 4
#define TEXT_MAX   (4 << 20)  /* maximum length of the text for one message */
#define BACKLOG	   (16 << 20) /* maximum size of the text that waits for its reader; further messages are not shown */

/* The state of this verb. */
struct watching {
	const struct options *options;
	struct watch_options watch_options;
	struct watch *watch;
	int output; /* descriptor to which messages are written */
	struct dump_output dump;
	char *text; /* buffer for the text of a message */
	char *backlog;
	size_t backlog_start, backlog_end;
	unsigned long long omitted; /* number of messages that were not shown */
	struct fail fail;
};

/* Returns true if MESSAGE is selected by --only-fds and --only. */
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
write_failed(const struct watching *w, struct fail *fail)
{
	if (w->options->output != NULL)
		return fail_errno(fail, "write to %s", w->options->output);
	return fail_errno(fail, "write to standard %s", w->output == STDERR_FILENO ? "error" : "output");
}

/* Writes as much of the LENGTH bytes as the reader accepts. Returns the number of bytes written, or -1 with errno. */
static ssize_t
write_some(const struct watching *w, const char *bytes, size_t length)
{
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = write_nonblocking(w->output, bytes + done, length - done);
		if (n == -1)
			return errno == EAGAIN ? (ssize_t)done : -1;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Stores LENGTH bytes until the reader accepts them. If there is no room, counts the message as omitted. */
static void
backlog_add(struct watching *w, const char *bytes, size_t length)
{
	if (w->backlog == NULL && (w->backlog = malloc(BACKLOG)) == NULL) {
		w->omitted++;
		return;
	}
	if (w->backlog_start > 0) {
		memmove(w->backlog, w->backlog + w->backlog_start, w->backlog_end - w->backlog_start);
		w->backlog_end -= w->backlog_start;
		w->backlog_start = 0;
	}
	if (length > BACKLOG - w->backlog_end) {
		w->omitted++;
		return;
	}
	memcpy(w->backlog + w->backlog_end, bytes, length);
	w->backlog_end += length;
}

static void
report_omitted(struct watching *w)
{
	if (w->omitted > 0)
		msg_log(
		    "%llu message%s not shown because of their size or because the reader of the output was too slow",
		    w->omitted, w->omitted == 1 ? " was" : "s were");
	w->omitted = 0;
}

/* Clears the text buffer for the next message. */
static void
text_begin(struct watching *w)
{
	/* There is no descriptor to which text could be written if it exceeds the buffer, so this becomes an error. */
	outbuf_init(&w->dump.out, -1, w->text, TEXT_MAX);
}

static int
watch_flush(void *arg, struct fail *fail)
{
	struct watching *w = arg;
	size_t length = w->dump.out.used;
	ssize_t n = 0;

	if (w->dump.out.err != 0) {
		w->omitted++;
		length = 0;
	}
	text_begin(w);
	if (w->backlog_end == 0 && (n = write_some(w, w->text, length)) == -1)
		return write_failed(w, fail);
	if ((size_t)n < length)
		backlog_add(w, w->text + n, length - (size_t)n);
	if (w->backlog_end > 0)
		return WATCH_SLOW;
	report_omitted(w);
	return 0;
}

static int
watch_drain(void *arg, int timeout, struct fail *fail)
{
	struct watching *w = arg;
	struct pollfd p = { .fd = w->output, .events = POLLOUT };
	struct timespec limit = { .tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L };
	sigset_t mask;
	ssize_t n;

	/* The wait ends if SIGCHLD reports a stop of a thread. */
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	(void)sigdelset(&mask, SIGCHLD);
	if (ppoll(&p, 1, timeout >= 0 ? &limit : NULL, &mask) <= 0)
		return WATCH_SLOW;
	n = write_some(w, w->backlog + w->backlog_start, w->backlog_end - w->backlog_start);
	if (n == -1)
		return write_failed(w, fail);
	w->backlog_start += (size_t)n;
	if (w->backlog_start < w->backlog_end)
		return WATCH_SLOW;
	w->backlog_start = w->backlog_end = 0;
	report_omitted(w);
	return 0;
}

static char *
watch_hold(void *arg, const struct message *message, size_t *length)
{
	struct watching *w = arg;
	char *text = NULL;

	dump_message(&w->dump, message);
	*length = w->dump.out.used;
	if (w->dump.out.err == 0 && (text = malloc(*length + 1)) != NULL)
		memcpy(text, w->text, *length);
	text_begin(w);
	return text;
}

/* Writes TEXT, in which the first number is replaced by NUMBER, the number of the message. */
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
	msg_log("%s", text);
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
	text_begin(w);
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
		.drain = watch_drain,
		.hold = watch_hold,
		.show_held = watch_show_held,
		.warn = watch_warn };
	w->output = standard;
	if (o->only != NULL && access_check_kinds("only", o->only, &w->fail) == -1)
		return -1;
	if (o->output != NULL) {
		w->output = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
		if (w->output == -1)
			return fail_errno(&w->fail, "open %s", o->output);
	}
	if ((w->text = malloc(TEXT_MAX)) == NULL)
		return fail_errno(&w->fail, "watch");
	w->watch_options.output = w->output;
	if ((w->watch = watch_new(&w->watch_options)) == NULL)
		return fail_errno(&w->fail, "watch");
	return 0;
}

static void
watching_done(struct watching *w)
{
	watch_free(w->watch);
	dump_close(&w->dump);
	free(w->text);
	free(w->backlog);
	if (w->output > STDERR_FILENO)
		(void)close(w->output);
}

/* --- running programs */

/* Ignores the stop signals of the terminal, because a stopped tracer would stop every program that it traces. */
static void
ignore_job_control(void)
{
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	/* SIGCHLD must not be ignored, because waitpid(2) would not report children that are reaped automatically. */
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
		w->output = w->watch_options.output = output;
	open_dump(w);
	confine(w->options, VERB_WATCH, NULL, NULL);
	/*
	 * If the reader has closed the output, no error is reported, and tracing continues because the program needs
	 * the tracer.
	 */
	if (watch_run(w->watch, true, &w->fail) == -1 && w->fail.err != EPIPE)
		(void)msg_fail(&w->fail);
	dump_close(&w->dump);
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
