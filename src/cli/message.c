/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/exit.h"
#include "base/outbuf.h"
#include "cli/message.h"
#include "cli/progress.h"

static const char *speaking = NULL;

void
msg_set_verb(const char *verb)
{
	speaking = verb;
}

/* One write, so that lines of several processes do not mix. Only characters that a terminal obeys are escaped. */
static void
msg_line(const char *text, const char *more)
{
	char escaped[8192], line[8192 + 256];
	size_t used = 0, i;

	for (i = 0; text[i] != '\0' && used + 8 < sizeof(escaped); i++) {
		if ((text[i] >= 0x20 && text[i] < 0x7f))
			escaped[used++] = text[i];
		else {
			escape_vis_string(escaped + used, sizeof(escaped) - used, &text[i], 1);
			used += strlen(escaped + used);
		}
	}
	escaped[used] = '\0';
	(void)snprintf(line, sizeof(line), "fdpass: %s%s%s%s\n", speaking != NULL ? speaking : "",
	    speaking != NULL ? ": " : "", escaped, more);
	progress_clear();
	(void)write_all(STDERR_FILENO, line, strlen(line));
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
	if (fail->status == EXIT_SIGPIPE)
		return EXIT_SIGPIPE;
	msg_line(fail->text, "");
	return fail->status != 0 ? fail->status : EXIT_FAILED;
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
