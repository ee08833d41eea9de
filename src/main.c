/* SPDX-License-Identifier: ISC */
/* fdpass: the list of verbs, and the way to one of them. */
#include <string.h>

#include "base/helper.h"
#include "base/exit.h"
#include "base/sigpipe.h"
#include "base/stdfds.h"
#include "cmd/cmd.h"
#include "cmd/nearest.h"
#include "cmd/options.h"

const struct cmd *const cmds[] = { &cmd_recv, &cmd_send, &cmd_relay, &cmd_run, &cmd_show, &cmd_tty, NULL };

const struct cmd *
cmd_find(const char *name)
{
	size_t i;

	for (i = 0; cmds[i] != NULL; i++)
		if (strcmp(cmds[i]->name, name) == 0)
			return cmds[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct options options;
	const struct cmd *cmd;
	static struct fail fail;
	char **operands;
	int count, status;

	if (stdfds_open() == -1) {
		(void)fail_errno(&fail, "open /dev/null");
		return complain_fail(&fail);
	}
	sigpipe_ignore();
	status = options_parse(&options, argc, argv, &cmd, &count, &operands);
	if (status != 0)
		status--;
	else if (options.version)
		status = help_version();
	else if (options.help)
		status = cmd != NULL ? help_verb(cmd) : help_all();
	else if (cmd == NULL)
		status = complain_usage("there is no ADDRESS");
	else {
		complain_verb(cmd->name);
		status = cmd->run(&options, count, operands);
	}
	options_done(&options);
	helper_exit();
	return status;
}
