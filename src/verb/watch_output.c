/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/outbuf.h"
#include "watch/watch.h"
#include "cli/message.h"
#include "verb/watch_output.h"

#define MAX_DATA 262144	    /* the default of recv --bufsize */
#define TEXT_MAX (4 << 20)  /* maximum length of the text for one message */
#define BACKLOG	 (16 << 20) /* maximum size of the backlog in bytes; messages that do not fit are omitted */

size_t
watch_output_max_data(const struct options *options)
{
	return options->max_data < MAX_DATA ? (size_t)options->max_data : MAX_DATA;
}

/* Clears the text buffer for the next message. */
static void
text_begin(struct watch_output *o)
{
	/* Because the descriptor is -1, text that exceeds the buffer causes an error instead of a write. */
	outbuf_init(&o->dump.out, -1, o->text, TEXT_MAX);
}

int
watch_output_open(struct watch_output *o, const struct options *options, int standard, struct fail *fail)
{
	o->options = options;
	o->fd = standard;
	if (options->output != NULL) {
		o->fd = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
		if (o->fd == -1)
			return fail_errno(fail, "cannot open %s", options->output);
	}
	if ((o->text = malloc(TEXT_MAX)) == NULL)
		return fail_errno(fail, "cannot allocate memory");
	return 0;
}

void
watch_output_begin(struct watch_output *o)
{
	dump_open(&o->dump, o->options->dump == DUMP_UNSET ? DUMP_TEXT : o->options->dump, o->fd, o->options);
	o->dump.limit_data = true;
	o->dump.max_data = watch_output_max_data(o->options);
	text_begin(o);
}

void
watch_output_end(struct watch_output *o)
{
	dump_close(&o->dump);
}

void
watch_output_close(struct watch_output *o)
{
	dump_close(&o->dump);
	free(o->text);
	free(o->backlog);
	if (o->fd > STDERR_FILENO)
		(void)close(o->fd);
}

void
watch_output_describe(void *arg, const struct message *message)
{
	struct watch_output *o = arg;

	dump_message(&o->dump, message);
}

static int
write_failed(const struct watch_output *o, struct fail *fail)
{
	if (o->options->output != NULL)
		return fail_errno(fail, "cannot write to %s", o->options->output);
	return fail_errno(fail, "cannot write to standard %s", o->fd == STDERR_FILENO ? "error" : "output");
}

/*
 * Writes as many of the LENGTH bytes as the output's reader accepts without blocking. Returns the number of bytes
 * written, or -1 with errno.
 */
static ssize_t
write_some(const struct watch_output *o, const char *bytes, size_t length)
{
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = write_nonblocking(o->fd, bytes + done, length - done);
		if (n == -1)
			return errno == EAGAIN ? (ssize_t)done : -1;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/*
 * Stores LENGTH bytes in the backlog until the output's reader accepts them. If the backlog has no room, counts the
 * message as omitted.
 */
static void
backlog_add(struct watch_output *o, const char *bytes, size_t length)
{
	if (o->backlog == NULL && (o->backlog = malloc(BACKLOG)) == NULL) {
		o->omitted++;
		return;
	}
	if (o->backlog_start > 0) {
		memmove(o->backlog, o->backlog + o->backlog_start, o->backlog_end - o->backlog_start);
		o->backlog_end -= o->backlog_start;
		o->backlog_start = 0;
	}
	if (length > BACKLOG - o->backlog_end) {
		o->omitted++;
		return;
	}
	memcpy(o->backlog + o->backlog_end, bytes, length);
	o->backlog_end += length;
}

static void
report_omitted(struct watch_output *o)
{
	if (o->omitted > 0)
		msg_log(
		    "%llu message%s not shown because of their size or because the reader of the output was too slow",
		    o->omitted, o->omitted == 1 ? " was" : "s were");
	o->omitted = 0;
}

int
watch_output_flush(void *arg, struct fail *fail)
{
	struct watch_output *o = arg;
	size_t length = o->dump.out.used;
	ssize_t n = 0;

	if (o->dump.out.err != 0) {
		o->omitted++;
		length = 0;
	}
	text_begin(o);
	if (o->backlog_end == 0 && (n = write_some(o, o->text, length)) == -1)
		return write_failed(o, fail);
	if ((size_t)n < length)
		backlog_add(o, o->text + n, length - (size_t)n);
	if (o->backlog_end > 0)
		return WATCH_SLOW;
	report_omitted(o);
	return 0;
}

int
watch_output_drain(void *arg, int timeout, struct fail *fail)
{
	struct watch_output *o = arg;
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };
	struct timespec limit = { .tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L };
	sigset_t mask;
	ssize_t n;

	/* SIGCHLD is unblocked during the wait, so that the wait ends when a traced thread stops. */
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	(void)sigdelset(&mask, SIGCHLD);
	if (ppoll(&p, 1, timeout >= 0 ? &limit : NULL, &mask) <= 0)
		return WATCH_SLOW;
	n = write_some(o, o->backlog + o->backlog_start, o->backlog_end - o->backlog_start);
	if (n == -1)
		return write_failed(o, fail);
	o->backlog_start += (size_t)n;
	if (o->backlog_start < o->backlog_end)
		return WATCH_SLOW;
	o->backlog_start = o->backlog_end = 0;
	report_omitted(o);
	return 0;
}

char *
watch_output_hold(void *arg, const struct message *message, size_t *length)
{
	struct watch_output *o = arg;
	char *text = NULL;

	dump_message(&o->dump, message);
	*length = o->dump.out.used;
	if (o->dump.out.err == 0 && (text = malloc(*length + 1)) != NULL)
		memcpy(text, o->text, *length);
	text_begin(o);
	return text;
}

/*
 * Writes the description TEXT, in which NUMBER, the number of the message, replaces the first number after "message".
 */
void
watch_output_show_held(void *arg, const char *text, size_t length, uint64_t number)
{
	struct outbuf *out = &((struct watch_output *)arg)->dump.out;
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
