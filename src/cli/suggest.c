/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/suggest.h"

int
suggest_option(const char *name, const struct verb *verb)
{
	const char *word = name + strspn(name, "-");
	struct nearest nearest;
	size_t i;

	nearest_begin(&nearest, word);
	for (i = 0; i < option_row_count; i++)
		if (verb == NULL || (option_table[i].verbs & verb->bit) != 0)
			nearest_try(&nearest, option_table[i].name, option_table[i].name);
	if (nearest.found != NULL)
		return msg_usage("unrecognized option '%s'; did you mean '--%s'?", name, nearest.found);
	return msg_usage("unrecognized option '%s'", name);
}

bool
suggest_abbreviated(const char *name, const struct verb *verb)
{
	const char *word = name + strspn(name, "-");
	char list[512] = "";
	const char *only = NULL;
	size_t i, count = 0;

	for (i = 0; i < option_row_count; i++) {
		if (strncmp(option_table[i].name, word, strlen(word)) != 0 ||
		    (verb != NULL && (option_table[i].verbs & verb->bit) == 0))
			continue;
		only = option_table[i].name;
		(void)strlcat(list, count++ > 0 ? ", --" : "--", sizeof(list));
		(void)strlcat(list, option_table[i].name, sizeof(list));
	}
	/*
	 * If only one option of VERB matches the abbreviation, it is ambiguous because options of other verbs match it,
	 * too.
	 */
	if (count == 1)
		(void)msg_usage("unrecognized option '%s'; did you mean '--%s'?", name, only);
	else if (count > 1)
		(void)msg_usage("option '%s' is ambiguous: %s", name, list);
	return count > 0;
}

/* Words that other programs use for the operation of a verb. */
static const struct {
	const char *word, *verb;
} synonyms[] = { { "accept", "recv" }, { "attach", "tty" }, { "console", "tty" }, { "describe", "show" },
	{ "exec", "run" }, { "get", "recv" }, { "info", "show" }, { "inspect", "show" }, { "keep", "hold" },
	{ "list", "show" }, { "listen", "recv" }, { "ls", "show" }, { "monitor", "watch" }, { "pass", "send" },
	{ "proxy", "relay" }, { "ps", "show" }, { "put", "send" }, { "receive", "recv" }, { "start", "run" },
	{ "store", "hold" }, { "strace", "watch" }, { "terminal", "tty" }, { "trace", "watch" }, { "usage", "help" },
	{ "version", "--version" } };

static const char *
nearest_verb(const struct verb *const *verbs, const char *word)
{
	struct nearest nearest;
	size_t i;

	nearest_begin(&nearest, word);
	/* A verb with a similar name is preferred to a verb with a similar synonym. */
	for (i = 0; verbs[i] != NULL; i++)
		nearest_try(&nearest, verbs[i]->name, verbs[i]->name);
	nearest_try(&nearest, "help", "help");
	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		nearest_try(&nearest, synonyms[i].word, synonyms[i].verb);
	return nearest.found;
}

void
suggest_list(const struct verb *const *verbs, char *text, size_t size)
{
	size_t i;

	*text = '\0';
	for (i = 0; verbs[i] != NULL; i++) {
		(void)strlcat(text, verbs[i]->name, size);
		(void)strlcat(text, verbs[i + 1] != NULL ? ", " : " and help", size);
	}
}

int
suggest_topic(const struct verb *const *verbs, const char *word)
{
	const char *verb = nearest_verb(verbs, word);
	char list[160];

	suggest_list(verbs, list, sizeof(list));
	/* A synonym can refer to an option instead of a verb. */
	if (verb == NULL || *verb == '-')
		return msg_usage("unrecognized verb '%s'; verbs are %s", word, list);
	return msg_usage("unrecognized verb '%s'; did you mean '%s'? Verbs are %s", word, verb, list);
}

int
suggest_verb(const struct verb *const *verbs, const char *word)
{
	const char *verb = nearest_verb(verbs, word);
	char list[160];

	suggest_list(verbs, list, sizeof(list));
	if (verb == NULL)
		return msg_usage(
		    "unrecognized verb '%s'; verbs are %s; for a socket of that name write ./%s", word, list, word);
	return msg_usage(
	    "unrecognized verb '%s'; did you mean '%s'? Verbs are %s; for a socket of that name write ./%s", word, verb,
	    list, word);
}
