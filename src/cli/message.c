/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/escape.h"
#include "base/hot_data.h"
#include "base/outbuf.h"
#include "lib/fdpass.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/progress.h"

#define LINE_SIZE (8192 + 256)
#define SECOND	  1000000000
#define LOG_MOST  20	    /* maximum number of lines that msg_log() prints per second */
#define WAIT_MOST 300000000 /* maximum time that a message waits for standard error, in nanoseconds */
#define NO_WAIT	  0	    /* a deadline in the past, so that writing does not wait */

/* The name of the verb, for the beginning of each message. Set after the command line has been parsed. */
static const char *speaking HOT_DATA;

/* The state of messages is static because the process has only one standard error. */
static struct {
	int64_t since;	    /* start of the current period of one second */
	unsigned int lines; /* number of lines that msg_log() has printed in the current period */
	unsigned long long dropped;
	bool blocked; /* a message was not written in time, so messages do not wait until a write succeeds */
} logged;

void
msg_set_verb(const char *verb)
{
	speaking = verb;
}

/* Formats a line of a message, and escapes control characters in its text. Returns the length of the formatted line. */
static size_t
line_make(char *line, size_t size, const char *text, const char *more)
{
	char escaped[8192];
	size_t used = 0, i;
	int n;

	for (i = 0; text[i] != '\0' && used + 8 < sizeof(escaped); i++) {
		if ((text[i] >= 0x20 && text[i] < 0x7f))
			escaped[used++] = text[i];
		else {
			escape_vis_string(escaped + used, sizeof(escaped) - used, &text[i], 1);
			used += strlen(escaped + used);
		}
	}
	escaped[used] = '\0';
	n = snprintf(line, size, "fdpass: %s%s%s%s\n", speaking != NULL ? speaking : "", speaking != NULL ? ": " : "",
	    escaped, more);
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* Returns the time until which a message waits for standard error. */
static int64_t
wait_end(void)
{
	return logged.blocked ? NO_WAIT : fdpass_deadline(WAIT_MOST);
}

/*
 * Writes a line with a single write(2) if possible, so that lines from several processes are not mixed. Returns false
 * if the line cannot be written to standard error before DEADLINE. If writing fails for another reason, returns true,
 * because an error of standard error cannot be reported.
 */
static bool
line_try(const char *text, const char *more, int64_t deadline)
{
	char line[LINE_SIZE];
	size_t length = line_make(line, sizeof(line), text, more);
	bool accepted = false;
	int tries;

	if (deadline != NO_WAIT)
		accepted = write_all_until(STDERR_FILENO, line, length, deadline) == 0 || errno != ETIMEDOUT;
	else
		/* write_nonblocking() also sets errno to EAGAIN if a signal interrupts the call. */
		for (tries = 0; tries < 3 && !accepted; tries++)
			accepted = write_nonblocking(STDERR_FILENO, line, length) != -1 || errno != EAGAIN;
	if (accepted)
		logged.blocked = false;
	return accepted;
}

/* Reports how many messages were dropped. */
static void
dropped_report(int64_t deadline)
{
	char count[64];

	if (logged.dropped == 0)
		return;
	(void)snprintf(count, sizeof(count), "%llu log message%s omitted", logged.dropped,
	    logged.dropped == 1 ? " was" : "s were");
	if (line_try(count, "", deadline))
		logged.dropped = 0;
}

/*
 * Writes a line, preceded by a report of dropped messages if any were dropped. Returns false if the line was dropped.
 */
static bool
line_put(const char *text, const char *more, int64_t deadline)
{
	progress_clear();
	dropped_report(deadline);
	if (logged.dropped == 0 && line_try(text, more, deadline))
		return true;
	logged.dropped++;
	return false;
}

/*
 * Writes a line. Waits only for a limited time if standard error is not read, so that signals and deadlines are not
 * delayed.
 */
static void
msg_line(const char *text, const char *more)
{
	if (!line_put(text, more, wait_end()))
		logged.blocked = true;
}

/* Returns true if the rate limit of msg_log() permits another line now. */
static bool
log_admits(void)
{
	int64_t now = fdpass_deadline(0);

	if (now - logged.since >= SECOND) {
		logged.since = now;
		logged.lines = 0;
	}
	return logged.lines < LOG_MOST;
}

void
msg_log(const char *format, ...)
{
	char text[6144];
	va_list ap;

	if (!log_admits()) {
		logged.dropped++;
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)line_put(text, "", NO_WAIT);
	logged.lines++;
}

void
msg_notice(const char *text)
{
	(void)line_put(text, "", NO_WAIT);
}

bool
msg_log_pending(void)
{
	return logged.dropped > 0;
}

void
msg_log_end(void)
{
	if (logged.dropped == 0)
		return;
	progress_clear();
	dropped_report(NO_WAIT);
}

void
msg_warn(const char *format, ...)
{
	char text[6144];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	msg_line(text, "");
}

void
msg_format(char *line, size_t size, const char *text)
{
	(void)snprintf(
	    line, size, "fdpass: %s%s%s\n", speaking != NULL ? speaking : "", speaking != NULL ? ": " : "", text);
}

int
msg_fail(const struct fail *fail)
{
	if (fail->reason != FAIL_READER_GONE)
		msg_line(fail->text, "");
	return exit_status(fail);
}

int
msg_usage(const char *format, ...)
{
	char text[6144], hint[128];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)snprintf(hint, sizeof(hint), " (see fdpass %s%s--help)", speaking != NULL ? speaking : "",
	    speaking != NULL ? " " : "");
	msg_line(text, hint);
	return EXIT_FAILED;
}
