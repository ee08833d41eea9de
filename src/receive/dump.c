/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include "base/sigpipe.h"
#include "inspect/fd.h"
#include "describe/message.h"
#include "receive/dump.h"

static bool
wants_colour(int fd, const struct options *options)
{
	const char *no = getenv("NO_COLOR");

	if (options->colour != COLOUR_AUTO)
		return options->colour == COLOUR_ALWAYS;
	return (no == NULL || *no == '\0') && isatty(fd) == 1;
}

/*
 * Sets the locale, which determines which characters are printable. Also converts one character, so that the C library
 * loads the files for character set conversion now, before the sandbox prevents opening files.
 */
static void
locale_load(void)
{
	mbstate_t state = { 0 };
	wchar_t wide;

	(void)setlocale(LC_CTYPE, "");
	(void)mbrtowc(&wide, "x", 1, &state);
}

void
dump_prepare(enum dump form)
{
	fd_prepare();
	if (form != DUMP_JSON)
		locale_load();
}

void
dump_open(struct dump_output *dump, enum dump form, int fd, const struct options *options)
{
	dump_prepare(form);
	outbuf_init(&dump->out, fd, dump->buffer, sizeof(dump->buffer));
	message_details_init(&dump->details);
	dump->only_fds = options->only_fds;
	dump->limit_data = options->max_data != UNLIMITED;
	dump->max_data = (size_t)options->max_data;
	if (form == DUMP_JSON) {
		json_init(&dump->renderer.json, &dump->out);
		dump->emit = &dump->renderer.json.emit;
		return;
	}
	text_init(&dump->renderer.text, &dump->out, wants_colour(fd, options));
	dump->emit = &dump->renderer.text.emit;
}

void
dump_message(struct dump_output *dump, const struct message *message)
{
	struct message limited = *message;

	if (dump->only_fds && !message_has_ancillary(message))
		return;
	limited.limit_data = dump->limit_data;
	limited.max_data = dump->max_data;
	if (!message_needs_details(message)) {
		message_describe(dump->emit, &limited);
		return;
	}
	message_inspect_details(&limited, emit_has_words(dump->emit), &dump->details);
	message_describe(dump->emit, &limited);
	message_details_clear(&dump->details);
}

void
dump_close(struct dump_output *dump)
{
	message_details_free(&dump->details);
}

int
dump_flush(struct dump_output *dump, struct fail *fail)
{
	if (outbuf_flush(&dump->out) == 0)
		return 0;
	return dump->out.fd == STDERR_FILENO ? fail_errno(fail, "cannot write to standard error") :
					       sigpipe_output_failed(fail);
}
