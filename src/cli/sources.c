/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "cli/cleanup.h"
#include "cli/message.h"
#include "cli/sources.h"

static void
report_wait(const char *text, bool writing)
{
	msg_warn("waiting until another process opens %s for %s", text, writing ? "reading" : "writing");
}

int
sources_open(struct source_list *sources, const struct options *options, char *const *texts, size_t count,
    bool inspect_only, struct fail *fail)
{
	struct source_options how = { .no_wait = inspect_only, .readers_at_once = options->on_demand };
	size_t i;
	int ret;

	options_endpoint(options, ROLE_LISTEN, &how.endpoint);
	if (options->verbose || isatty(STDERR_FILENO) == 1)
		how.waits = report_wait;
	/*
	 * --listen and --connect apply only to ADDRESS operands. The prefix of a DESCRIPTOR (unix: or unix-listen:)
	 * determines its role.
	 */
	how.endpoint.role_given = false;
	cleanup_watch_sources(sources);
	ret = source_list_open(sources, texts, count, &how, fail);
	/* Prints the address of a listening socket only if it differs from the operand that the user specified. */
	for (i = 0; ret == 0 && options->verbose && i < sources->count; i++)
		if (sources->items[i].bound != NULL && strstr(sources->items[i].text, sources->items[i].bound) == NULL)
			msg_warn("%s: %s", sources->items[i].text, sources->items[i].bound);
	return ret;
}
