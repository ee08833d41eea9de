/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/escape.h"
#include "base/hot_data.h"
#include "base/outbuf.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/progress.h"

#define LINE_SIZE (8192 + 256)
#define LOG_MOST  20 /* maximum number of lines per second */

/* The verb, which is the first word of each message. It is set after the command line was parsed. */
static const char *speaking HOT_DATA;

/* State of msg_log(). It is static because the process has only one standard error. */
static struct {
	struct timespec since; /* start of the current second */
	unsigned int lines;    /* number of lines printed in this second */
	unsigned long long dropped;
} logged;

void
msg_set_verb(const char *verb)
{
	speaking = verb;
}

/* Formats a line, and escapes control characters in it. Returns the length of the line. */
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

/* Writes a line with a single write(2), so that lines of several processes are not mixed. */
static void
msg_line(const char *text, const char *more)
{
	char line[LINE_SIZE];
	size_t length = line_make(line, sizeof(line), text, more);

	progress_clear();
	(void)write_all(STDERR_FILENO, line, length);
}

static bool
line_try(const char *text)
{
	char line[LINE_SIZE];
	size_t length = line_make(line, sizeof(line), text, "");
	int tries;

	/* An interrupted call also sets errno to EAGAIN. */
	for (tries = 0; tries < 3; tries++)
		if (write_nonblocking(STDERR_FILENO, line, length) != -1 || errno != EAGAIN)
			return true;
	return false;
}

/* Returns true if the rate limit permits another line now. */
static bool
log_admits(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - logged.since.tv_sec > 1 ||
	    (now.tv_sec - logged.since.tv_sec == 1 && now.tv_nsec >= logged.since.tv_nsec)) {
		logged.since = now;
		logged.lines = 0;
	}
	return logged.lines < LOG_MOST;
}

static void
log_line(const char *text)
{
	msg_log_end();
	progress_clear();
	if (logged.dropped > 0 || !line_try(text))
		logged.dropped++;
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
	log_line(text);
	logged.lines++;
}

void
msg_notice(const char *text)
{
	log_line(text);
}

bool
msg_log_pending(void)
{
	return logged.dropped > 0;
}

void
msg_log_end(void)
{
	char count[64];

	if (logged.dropped == 0)
		return;
	progress_clear();
	(void)snprintf(count, sizeof(count), "%llu log message%s omitted", logged.dropped,
	    logged.dropped == 1 ? " was" : "s were");
	if (line_try(count))
		logged.dropped = 0;
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
