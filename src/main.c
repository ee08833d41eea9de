/* SPDX-License-Identifier: ISC */
/* Lists the verbs, and calls the function of the verb that the user named. */
#include "base/helper.h"
#include "base/sigpipe.h"
#include "base/stdfds.h"
#include "cli/cleanup.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/options.h"
#include "verb/verbs.h"

static const struct verb *const verbs[] = { &verb_recv, &verb_send, &verb_relay, &verb_run, &verb_show, &verb_tty,
	&verb_hold, &verb_watch, NULL };

static int
dispatch(const struct options *options, const struct command_line *line)
{
	int status;

	if (options->version)
		return help_version(verbs);
	if (options->help)
		return line->verb != NULL ? help_verb(line->verb) : help_all(verbs);
	if (line->verb == NULL)
		return msg_usage("missing verb or ADDRESS");
	msg_set_verb(line->verb->name);
	status = line->verb->run(options, line->operand_count, line->operands);
	/*
	 * From here on, the signal handler must not run the cleanup, because the verb's variables are no longer valid.
	 */
	cleanup_forget();
	return status;
}

int
main(int argc, char **argv)
{
	struct command_line line;
	struct options options;
	struct fail fail;
	int status;

	if (stdfds_open() == -1) {
		(void)fail_errno(&fail, "cannot open /dev/null");
		return msg_fail(&fail);
	}
	sigpipe_ignore();
	status = options_parse(&options, argc, argv, verbs, &line) == 0 ? dispatch(&options, &line) : EXIT_FAILED;
	msg_log_end();
	options_done(&options);
	helper_exit();
	if (status == EXIT_SIGPIPE)
		sigpipe_raise();
	return status;
}
