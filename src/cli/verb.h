/* SPDX-License-Identifier: ISC */
/*
 * The description of a verb, used by the parser, --help and the completions. Each file in verb/ defines one struct
 * verb.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

struct options;

/* Each verb has one bit, which the option table uses. */
enum {
	VERB_RECV = 1 << 0,
	VERB_SEND = 1 << 1,
	VERB_RELAY = 1 << 2,
	VERB_RUN = 1 << 3,
	VERB_SHOW = 1 << 4,
	VERB_TTY = 1 << 5,
	VERB_HOLD = 1 << 6,
	VERB_WATCH = 1 << 7,
	VERB_ALL = (1 << 8) - 1
};

struct verb {
	const char *name;
	unsigned int bit;
	const char *operands; /* "ADDRESS [COMMAND [ARG]...]" */
	const char *summary;
	const char *const *examples; /* examples for --help; a NULL pointer follows the last example */
	/* number of operands before COMMAND; -1: COMMAND must follow "--", or the verb has no COMMAND */
	int command_after;
	/* Runs the verb with its operands. Returns the exit status. */
	int (*run)(const struct options *options, int argc, char **argv);
};

/* Returns the verb named NAME from VERBS, a list that ends with NULL. Returns NULL if VERBS contains no such verb. */
const struct verb *verb_find(const struct verb *const *verbs, const char *name);

/*
 * Returns the part of TEXT, which has the form "TEXT|VERB:TEXT...", that applies to VERB. Stores the length of the
 * returned part in *LENGTH.
 */
const char *verb_text(const struct verb *verb, const char *text, int *length);

#endif
