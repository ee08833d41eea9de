/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sigpipe.h"
#include "inspect/fd.h"
#include "receive/dump.h"

static bool
wants_colour(int fd, const struct options *options)
{
	const char *no = getenv("NO_COLOR");

	if (options->colour != COLOUR_AUTO)
		return options->colour == COLOUR_ALWAYS;
	return (no == NULL || *no == '\0') && isatty(fd) == 1;
}

void
dump_open(struct dump_output *dump, enum dump form, int fd, const struct options *options)
{
	fd_prepare();
	outbuf_init(&dump->out, fd, dump->buffer, sizeof(dump->buffer));
	if (form == DUMP_JSON) {
		json_init(&dump->renderer.json, &dump->out);
		dump->emit = &dump->renderer.json.emit;
		return;
	}
	/* vis(3) asks the locale what can be printed. */
	(void)setlocale(LC_CTYPE, "");
	text_init(&dump->renderer.text, &dump->out, wants_colour(fd, options));
	dump->emit = &dump->renderer.text.emit;
}

int
dump_flush(struct dump_output *dump, struct fail *fail)
{
	if (outbuf_flush(&dump->out) == 0)
		return 0;
	return dump->out.fd == STDERR_FILENO ? fail_errno(fail, "write to standard error") :
					       sigpipe_output_failed(fail);
}
