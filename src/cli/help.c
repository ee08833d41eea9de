/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/sigpipe.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/verb.h"

/* The column at which option descriptions begin in the output of --help, and the width of a line. */
#define COLUMN 30
#define WIDTH  79

static int
flush(void)
{
	struct fail fail;

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_DONE;
	(void)sigpipe_output_failed(&fail);
	return msg_fail(&fail);
}

/* Writes an option to WORD in the form "--name", "--name=ARG" or "--name[=ARG]". */
static int
option_word(char *word, size_t size, const struct option_row *row, const struct verb *verb)
{
	const char *arg = row->arg_name != NULL ? row->arg_name : "";
	bool maybe = row->arg == ARG_MAYBE;
	int length = (int)strlen(arg);

	if (*arg == '|')
		arg = verb_text(verb, arg, &length);

	if (length == 0)
		return snprintf(word, size, "--%s", row->name);
	return snprintf(word, size, "--%s%s%.*s%s", row->name, maybe ? "[=" : "=", length, arg, maybe ? "]" : "");
}

static void
option_line(const struct option_row *row, const struct verb *verb)
{
	char letter[8] = "    ", word[80], left[96];
	int length;
	const char *help = verb_text(verb, row->help, &length);

	if (row->letter != 0)
		(void)snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	(void)option_word(word, sizeof(word), row, verb);
	(void)snprintf(left, sizeof(left), "  %s%s", letter, word);
	(void)printf("%-*s %.*s\n", COLUMN - 1, left, length, help);
}

/* Prints the names of rarely used options (GROUP_RARE), without descriptions. */
static void
option_names(const struct verb *verb)
{
	char word[96];
	size_t i, column = 0, length;

	for (i = 0; i < option_row_count; i++) {
		if ((option_table[i].verbs & verb->bit) == 0 || option_table[i].group != GROUP_RARE)
			continue;
		length = 0;
		if (option_table[i].letter != 0)
			length = (size_t)snprintf(word, sizeof(word), "-%c, ", option_table[i].letter);
		length += (size_t)option_word(word + length, sizeof(word) - length, &option_table[i], verb);
		if (column == 0)
			column = (size_t)printf("  More: ");
		else if (column + 2 + length > WIDTH)
			column = (size_t)printf("\n        ") - 1;
		else
			column += (size_t)printf("  ");
		column += (size_t)printf("%s", word);
	}
	if (column > 0)
		(void)printf("\n");
}

static const char *const titles[] = { [GROUP_SOCKET] = "Sockets and time limits",
	[GROUP_SHOWN] = "Output",
	[GROUP_MESSAGE] = "Messages and peers",
	[GROUP_PROGRAM] = "COMMAND",
	[GROUP_OTHER] = "Other" };

int
help_verb(const struct verb *verb)
{
	enum option_group group, last = GROUP_RARE;
	size_t i;

	(void)printf("Usage: fdpass %s [OPTION]... %s\n%s.\n\n", verb->name, verb->operands, verb->summary);
	for (i = 0; verb->examples[i] != NULL; i++)
		(void)printf("  %s\n", verb->examples[i]);
	for (group = GROUP_SOCKET; group < GROUP_RARE; group++)
		for (i = 0; i < option_row_count; i++) {
			if ((option_table[i].verbs & verb->bit) == 0 || option_table[i].group != group)
				continue;
			/* No blank lines separate the groups, so that the longest help text fits on a screen. */
			if (group != last)
				(void)printf("%s:\n", titles[group]);
			last = group;
			option_line(&option_table[i], verb);
		}
	option_names(verb);
	(void)printf("\nSee fdpass-%s(1) for options, fdpass(1) for ADDRESS, DESCRIPTOR, variables.\n", verb->name);
	return flush();
}

int
help_all(const struct verb *const *verbs)
{
	size_t i;

	(void)printf("Usage: fdpass [recv] [OPTION]... ADDRESS [COMMAND [ARG]...]\n");
	for (i = 1; verbs[i] != NULL; i++)
		(void)printf("       fdpass %s [OPTION]... %s\n", verbs[i]->name, verbs[i]->operands);
	(void)printf("       fdpass help [VERB]\n");
	(void)printf("Pass open file descriptors between processes, and show their properties.\n\n");
	for (i = 0; verbs[i] != NULL; i++)
		(void)printf("  %-8s%s\n", verbs[i]->name, verbs[i]->summary);
	(void)printf("\nADDRESS: PATH, @NAME, fd:N, listen:NAME, env:VAR.  DESCRIPTOR: N, PATH, w:PATH,\n"
		     "pid:PID:FD, pid:PID:listening, tcp-listen:HOST:PORT, pipe:, listen:NAME, ...\n"
		     "\"fdpass help VERB\" lists a verb's options; fdpass(1) is the manual.\n");
	return flush();
}

int
help_version(const struct verb *const *verbs)
{
	version_print(verbs);
	return flush();
}
