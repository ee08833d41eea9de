/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "lib/fdpass.h"
#include "cmd/nearest.h"
#include "cmd/options.h"

/* Long options are told apart by this and their row. */
#define LONG_BASE 256
#define MOST_ROWS 96

static const struct options defaults = {
	.mode = 0600,
	.owner = (uid_t)-1,
	.group = (gid_t)-1,
	.ready_fd = -1,
	.fds_min = 1,
	.fds_max = UNLIMITED,
	.timeout = -1,
	.busy_poll = -1,
	.bufsize = 262144,
	.ancbufsize = FDPASS_ANCBUFSIZE,
	.keep_socket_number = -1,
	.max_children = 16,
	.separator = -1,
};

/* What getopt_long(3) wants, made from the table. */
struct getopt_tables {
	struct option longs[MOST_ROWS + 1];
	char shorts[2 + 3 * MOST_ROWS + 1];
};

static void
tables_make(struct getopt_tables *tables)
{
	static const int arg_of[] = { [ARG_NONE] = no_argument, [ARG_NEEDED] = required_argument,
		[ARG_MAYBE] = optional_argument };
	char *p = tables->shorts;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	*p++ = '+';
	*p++ = ':';
	for (i = 0; i < option_row_count && i < MOST_ROWS; i++) {
		tables->longs[i].name = option_rows[i].name;
		tables->longs[i].has_arg = arg_of[option_rows[i].arg];
		tables->longs[i].val = LONG_BASE + (int)i;
		if (option_rows[i].letter == 0)
			continue;
		*p++ = option_rows[i].letter;
		if (option_rows[i].arg == ARG_NEEDED)
			*p++ = ':';
	}
}

static size_t
row_of(int value)
{
	size_t i;

	if (value >= LONG_BASE)
		return (size_t)(value - LONG_BASE);
	for (i = 0; i < option_row_count; i++)
		if (option_rows[i].letter == value)
			break;
	return i;
}

/* The option as the user wrote it, without its argument. */
static int
tell_bad(int value, const char *written, const struct cmd *cmd)
{
	size_t row = optopt != 0 ? row_of(optopt) : option_row_count;
	char name[64];

	if (cmd != NULL)
		complain_verb(cmd->name);
	if (value == ':' && row < option_row_count)
		return complain_usage("--%s needs an argument: %s", option_rows[row].name, option_rows[row].arg_name);
	if (row < option_row_count)
		return complain_usage("--%s takes no argument", option_rows[row].name);
	if (optopt != 0)
		return complain_usage("there is no option -%c", optopt);
	(void)strlcpy(name, written, sizeof(name));
	name[strcspn(name, "=")] = '\0';
	return nearest_option(name);
}

static int
set_one(struct options *o, size_t row, const char *arg)
{
	static struct fail fail;
	uint64_t bit = UINT64_C(1) << row % 64;

	if ((o->seen[row / 64] & bit) != 0 && !option_rows[row].repeats)
		return complain_usage("--%s was given twice", option_rows[row].name);
	o->seen[row / 64] |= bit;
	if (option_rows[row].set(o, arg, &fail) == -1)
		return complain_usage("%s", fail.text);
	return 0;
}

static int
check_verb(const struct options *o, const struct cmd *cmd)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if ((o->seen[i / 64] >> i % 64 & 1) != 0 && (option_rows[i].verbs & cmd->verb) == 0)
			return complain_usage("--%s does not go with %s%s", option_rows[i].name, cmd->name,
			    cmd->verb == VERB_RUN ? " (COMMAND and its options stand behind --)" : "");
	return 0;
}

/*
 * Takes the operand that parsing stopped at. Returns true if options go on behind it: operands that do not belong to a
 * COMMAND may have options between them.
 */
static bool
take_operand(char **argv, const struct cmd **cmd, int *count)
{
	if (*cmd == NULL) {
		*cmd = cmd_find(argv[optind]);
		if (*cmd != NULL) {
			complain_verb((*cmd)->name);
			optind++;
			return true;
		}
		*cmd = cmds[0];
	}
	if ((*cmd)->command_after != -1 && *count == (*cmd)->command_after)
		return false;
	/* Operands gather at the front of argv, behind the program's name. */
	argv[1 + (*count)++] = argv[optind++];
	return true;
}

int
options_parse(struct options *o, int argc, char **argv, const struct cmd **cmd, int *operand_count, char ***operands)
{
	struct getopt_tables tables;
	int count = 0, separator = -1, value, before, status;

	*o = defaults;
	*cmd = NULL;
	tables_make(&tables);
	opterr = 0;
	for (;;) {
		/* "-" is a descriptor, and "-=NAME" the same with a name. */
		if (*cmd != NULL && optind < argc && strncmp(argv[optind], "-=", 2) == 0) {
			if (take_operand(argv, cmd, &count))
				continue;
			break;
		}
		before = optind;
		value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
		if (value == -1) {
			if (*cmd == NULL && optind < argc && (status = nearest_check(argv[optind])) != 0)
				return status + 1;
			if (optind == before + 1 && strcmp(argv[before], "--") == 0)
				separator = count;
			else if (optind < argc && take_operand(argv, cmd, &count))
				continue;
			break;
		}
		if (value == '?' || value == ':')
			return tell_bad(value, argv[optind - 1], *cmd) + 1;
		status = set_one(o, row_of(value), optarg);
		if (status != 0)
			return status + 1;
	}
	o->separator = separator;
	if (*cmd == NULL && optind < argc)
		(void)take_operand(argv, cmd, &count);
	while (optind < argc)
		argv[1 + count++] = argv[optind++];
	argv[1 + count] = NULL;
	*operands = argv + 1;
	*operand_count = count;
	if (*cmd != NULL && (status = check_verb(o, *cmd)) != 0)
		return status + 1;
	return 0;
}

bool
options_given(const struct options *o, const char *name)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if ((o->seen[i / 64] >> i % 64 & 1) != 0 && strcmp(option_rows[i].name, name) == 0)
			return true;
	return false;
}

void
options_done(struct options *o)
{
	size_t i;

	for (i = 0; i < o->strings.count; i++)
		free((void *)(uintptr_t)o->strings.items[i]);
	free(o->strings.items);
	free(o->setsockopt.items);
	free(o->setenv.items);
	free(o->buffers);
	free(o->places);
	free(o->inherit);
}

void
options_endpoint(const struct options *o, enum endpoint_role role, struct endpoint_options *ep)
{
	*ep = (struct endpoint_options){ .role = o->role_said ? o->role : role,
		.role_given = o->role_said,
		.type = o->type,
		.mode = o->mode,
		.owner = o->owner,
		.group = o->group,
		.deadline = FDPASS_NEVER };
	if (o->wait != 0)
		ep->retry = o->wait == FDPASS_NEVER ? FDPASS_NEVER : fdpass_deadline(o->wait);
	if (o->timeout != -1)
		ep->deadline = fdpass_deadline(o->timeout);
}
