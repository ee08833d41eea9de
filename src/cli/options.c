/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/option_rules.h"
#include "cli/options.h"
#include "cli/suggest.h"
#include "cli/verb.h"

/* For a long option, getopt_long(3) returns LONG_BASE plus the index of the option's row in the option table. */
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
	.max_data = UNLIMITED,
	.bufsize = 262144,
	.ancbufsize = FDPASS_ANCBUFSIZE,
	.keep_socket_number = -1,
	.max_children = 16,
	.restart = "no",
	.separator = -1,
};

/* The arguments of getopt_long(3), generated from the option table. */
struct getopt_tables {
	struct option longs[MOST_ROWS + 1];
	char shorts[2 + 3 * MOST_ROWS + 1];
};

static void
tables_make(struct getopt_tables *tables)
{
	static const int arg_of[] = {
		[ARG_NONE] = no_argument, [ARG_NEEDED] = required_argument, [ARG_MAYBE] = optional_argument
	};
	char *p = tables->shorts;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	*p++ = '+';
	*p++ = ':';
	for (i = 0; i < option_row_count && i < MOST_ROWS; i++) {
		tables->longs[i].name = option_table[i].name;
		tables->longs[i].has_arg = arg_of[option_table[i].arg];
		tables->longs[i].val = LONG_BASE + (int)i;
		if (option_table[i].letter == 0)
			continue;
		*p++ = option_table[i].letter;
		if (option_table[i].arg == ARG_NEEDED)
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
		if (option_table[i].letter == value)
			break;
	return i;
}

/*
 * The state of the command line parser. getopt_long(3) stops at each operand, because options can follow any operand
 * except COMMAND.
 */
struct parser {
	struct options *options;
	const struct verb *const *verbs;
	const struct verb *verb; /* NULL until the first operand has been parsed */
	bool help;		 /* the first operand was "help" */
	char **argv;		 /* operands are moved to the beginning of this array, after the program name */
	int argc;
	int count; /* number of operands that have been parsed */
	struct getopt_tables tables;
};

/* Reports an invalid option. Prints the option as the user wrote it, without its argument. */
static int
report_bad_option(const struct parser *p, int value, const char *written)
{
	const struct verb *verb = p->verb != NULL ? p->verb : p->verbs[0];
	size_t row = optopt != 0 ? row_of(optopt) : option_row_count;
	const char *arg;
	char name[64];
	int length;

	if (value == ':' && row < option_row_count) {
		arg = option_table[row].arg_name;
		length = (int)strlen(arg);
		if (*arg == '|')
			arg = verb_text(verb, arg, &length);
		return msg_usage("option '--%s' requires an argument: %.*s", option_table[row].name, length, arg);
	}
	if (row < option_row_count)
		return msg_usage("option '--%s' does not take an argument", option_table[row].name);
	if (optopt != 0)
		return msg_usage("unrecognized option '-%c'", optopt);
	(void)strlcpy(name, written, sizeof(name));
	name[strcspn(name, "=")] = '\0';
	if (name[0] == '-' && name[1] == '-' && name[2] != '\0' && suggest_abbreviated(name, p->verb))
		return -1;
	return suggest_option(name, p->verb);
}

static int
set_option(struct parser *p, size_t row, const char *arg)
{
	struct options *o = p->options;
	struct fail fail;
	uint64_t bit = UINT64_C(1) << row % 64;

	if ((o->seen[row / 64] & bit) != 0 && !option_table[row].repeats) {
		(void)msg_usage("--%s was specified twice", option_table[row].name);
		return -1;
	}
	o->seen[row / 64] |= bit;
	if (option_table[row].set(o, arg, &fail) == 0)
		return 0;
	(void)msg_usage("%s", fail.text);
	return -1;
}

/* Handles the first operand "help", and the VERB operand that can follow. */
static int
parse_help(struct parser *p)
{
	const char *word = p->argv[optind];

	if (!p->help) {
		p->help = p->options->help = true;
		optind++;
		return 0;
	}
	p->verb = verb_find(p->verbs, word);
	if (p->verb == NULL && strcmp(word, "help") != 0) {
		(void)suggest_topic(p->verbs, word);
		return -1;
	}
	optind++;
	return 0;
}

/*
 * Handles the first operand. If the first operand is not the name of a verb, but is clearly an ADDRESS, selects the
 * default verb. Returns 0, or -1 after printing a usage error.
 */
static int
find_verb(struct parser *p)
{
	const char *word = p->argv[optind];

	if (p->help || strcmp(word, "help") == 0)
		return parse_help(p);
	p->verb = verb_find(p->verbs, word);
	if (p->verb != NULL) {
		msg_set_verb(p->verb->name);
		optind++;
		return 0;
	}
	if (!addr_is_clear(word) && addr_unknown_prefix(word) == 0) {
		(void)suggest_verb(p->verbs, word);
		return -1;
	}
	p->verb = p->verbs[0];
	return 0;
}

/* Returns true if the next operand is COMMAND. Options after COMMAND are arguments of COMMAND. */
static bool
at_command(const struct parser *p)
{
	return p->verb->command_after != -1 && p->count == p->verb->command_after;
}

static void
take_operand(struct parser *p)
{
	p->argv[1 + p->count++] = p->argv[optind++];
}

/*
 * Returns true if WORD looks like an argument of the option in ROW. Recognizes only arguments that are unlikely to be
 * the names of socket files.
 */
static bool
is_argument(size_t row, const char *word)
{
	const char *name = option_table[row].arg_name, *why;
	int64_t number;

	if (strcmp(name, "SECONDS") == 0 || strcmp(name, "N") == 0)
		return num_seconds(word, &number, &why) == 0;
	if (strcmp(name, "text|json") == 0)
		return strcmp(word, "text") == 0 || strcmp(word, "json") == 0;
	return strcmp(name, "WHEN") == 0 &&
	    (strcmp(word, "auto") == 0 || strcmp(word, "always") == 0 || strcmp(word, "never") == 0);
}

/*
 * Reports an error for "--wait 5 ADDRESS" or "--dump-cmsg json ADDRESS". An optional argument must be separated by "="
 * from the option. Without this check, "5" or "json" would be parsed as the ADDRESS.
 */
static int
check_detached(const struct parser *p, size_t row)
{
	const char *next = p->argv[optind];

	if (option_table[row].arg != ARG_MAYBE || optarg != NULL || p->count > 0 || next == NULL ||
	    !is_argument(row, next))
		return 0;
	(void)msg_usage("to give --%s an argument, write --%s=%s; for a file of that name write ./%s",
	    option_table[row].name, option_table[row].name, next, next);
	return -1;
}

/* The kinds of command line arguments. */
enum argument { ARGUMENT_OPTION, ARGUMENT_OPERAND, ARGUMENT_SEPARATOR, ARGUMENT_END, ARGUMENT_ERROR };

/*
 * Returns the kind of the next argument. Parses the argument if it is an option, skips it if it is "--", and leaves an
 * operand unparsed.
 */
static enum argument
next_argument(struct parser *p)
{
	int before = optind, value;

	/* "-" and "-=NAME" are DESCRIPTOR operands, not options. */
	if (p->verb != NULL && optind < p->argc && strncmp(p->argv[optind], "-=", 2) == 0)
		return ARGUMENT_OPERAND;
	value = getopt_long(p->argc, p->argv, p->tables.shorts, p->tables.longs, NULL);
	if (value == -1 && optind == before + 1 && strcmp(p->argv[before], "--") == 0)
		return ARGUMENT_SEPARATOR;
	if (value == -1)
		return optind < p->argc ? ARGUMENT_OPERAND : ARGUMENT_END;
	if (value == '?' || value == ':') {
		(void)report_bad_option(p, value, p->argv[optind - 1]);
		return ARGUMENT_ERROR;
	}
	if (set_option(p, row_of(value), optarg) == -1 || check_detached(p, row_of(value)) == -1)
		return ARGUMENT_ERROR;
	return ARGUMENT_OPTION;
}

/*
 * Parses the command line up to "--" or COMMAND, or the whole command line if it contains neither. The first operand
 * selects the verb. Returns 0, or -1 after printing an error message.
 */
static int
parse(struct parser *p)
{
	for (;;)
		switch (next_argument(p)) {
		case ARGUMENT_OPTION:
			break;
		case ARGUMENT_OPERAND:
			if (p->verb != NULL && at_command(p))
				return 0;
			if (p->verb != NULL)
				take_operand(p);
			else if (find_verb(p) == -1)
				return -1;
			break;
		case ARGUMENT_SEPARATOR:
			p->options->separator = p->count;
			return 0;
		case ARGUMENT_END:
			return 0;
		case ARGUMENT_ERROR:
		default:
			return -1;
		}
}

/* Returns true if the COUNT operands include a COMMAND. */
static bool
has_command(const struct options *o, const struct verb *verb, int count)
{
	if (verb->command_after != -1)
		return count > verb->command_after;
	/* The verb run itself checks whether a COMMAND was specified. */
	if (verb->bit == VERB_RUN)
		return true;
	/* If "--" precedes all operands, "--" does not introduce a COMMAND. */
	return o->separator >= (verb->bit == VERB_WATCH ? 0 : 1) && o->separator < count;
}

int
options_parse(struct options *o, int argc, char **argv, const struct verb *const *verbs, struct command_line *line)
{
	struct parser p = { .options = o, .verbs = verbs, .argv = argv, .argc = argc };

	*o = defaults;
	tables_make(&p.tables);
	opterr = 0;
	if (parse(&p) == -1)
		return -1;
	/* After "--", all arguments are operands. */
	while (p.verb == NULL && optind < argc)
		if (find_verb(&p) == -1)
			return -1;
	while (optind < argc)
		take_operand(&p);
	argv[1 + p.count] = NULL;
	if (p.help && p.count > 0) {
		(void)msg_usage("unexpected operand '%s'", argv[1]);
		return -1;
	}
	*line = (struct command_line){ .verb = p.verb, .operand_count = p.count, .operands = argv + 1 };
	return p.verb != NULL ? option_rules_check(o, p.verb, has_command(o, p.verb, p.count)) : 0;
}

bool
options_take_names(const struct options *o)
{
	return o->names && !o->reply_set;
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
	free(o->max_fds.items);
	free(o->buffers);
	for (i = 0; i < o->place_count; i++)
		free((void *)(uintptr_t)o->places[i].also);
	free(o->places);
	free(o->inherit);
}

static void
report_wait(const struct addr *addr)
{
	msg_warn("waiting until a process listens on %s", addr->text);
}

static void
report_wait_on_terminal(const struct addr *addr)
{
	if (isatty(STDERR_FILENO) == 1)
		report_wait(addr);
}

void
options_endpoint(const struct options *o, enum endpoint_role role, struct endpoint_options *ep)
{
	*ep = (struct endpoint_options){ .role = o->role_set ? o->role : role,
		.role_given = o->role_set,
		.type = o->type,
		.mode = o->mode,
		.owner = o->owner,
		.group = o->group,
		.waits = o->verbose ? report_wait : report_wait_on_terminal,
		.deadline = FDPASS_NEVER };
	if (o->wait != 0)
		ep->retry = o->wait == FDPASS_NEVER ? FDPASS_NEVER : fdpass_deadline(o->wait);
	if (o->timeout != -1)
		ep->deadline = fdpass_deadline(o->timeout);
}
