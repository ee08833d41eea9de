/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "lib/fdpass.h"

/* Where an option's explanation begins. */
#define COLUMN 31

static int
flush(void)
{
	struct fail fail;

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_DONE;
	(void)fail_errno(&fail, "write to standard output");
	return complain_fail(&fail);
}

static void
option_line(const struct option_row *row)
{
	char left[80];
	const char *open = row->arg == ARG_MAYBE ? "[=" : row->arg == ARG_NEEDED ? "=" : "";

	if (row->letter != 0)
		(void)snprintf(left, sizeof(left), "  -%c, --%s%s%s%s", row->letter, row->name, open,
		    row->arg != ARG_NONE ? row->arg_name : "", row->arg == ARG_MAYBE ? "]" : "");
	else
		(void)snprintf(left, sizeof(left), "      --%s%s%s%s", row->name, open,
		    row->arg != ARG_NONE ? row->arg_name : "", row->arg == ARG_MAYBE ? "]" : "");
	if (strlen(left) >= COLUMN)
		(void)printf("%s\n%*s%s\n", left, COLUMN, "", row->help);
	else
		(void)printf("%-*s%s\n", COLUMN, left, row->help);
}

int
help_verb(const struct cmd *cmd)
{
	size_t i;

	(void)printf("Usage: fdpass %s [OPTION]... %s\n%s.\n\n", cmd->name, cmd->operands, cmd->summary);
	for (i = 0; cmd->examples[i] != NULL; i++)
		(void)printf("  %s\n", cmd->examples[i]);
	(void)printf("\n");
	for (i = 0; i < option_row_count; i++)
		if ((option_rows[i].verbs & cmd->verb) != 0)
			option_line(&option_rows[i]);
	(void)printf("\nfdpass(1) explains all of them, ADDRESS and DESCRIPTOR.\n");
	return flush();
}

int
help_all(void)
{
	size_t i;

	(void)printf("Usage: fdpass [recv] [OPTION]... ADDRESS [COMMAND [ARG]...]\n");
	for (i = 1; cmds[i] != NULL; i++)
		(void)printf("       fdpass %s [OPTION]... %s\n", cmds[i]->name, cmds[i]->operands);
	(void)printf("Pass open file descriptors between processes, and show what was passed.\n\n");
	for (i = 0; cmds[i] != NULL; i++)
		(void)printf("  %-8s%s\n", cmds[i]->name, cmds[i]->summary);
	(void)printf("\n\"fdpass VERB --help\" lists a verb's options; fdpass(1) is the manual.\n");
	return flush();
}

int
help_version(void)
{
	(void)printf("fdpass %s\n", fdpass_version());
	return flush();
}
