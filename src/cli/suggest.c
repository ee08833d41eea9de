/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/suggest.h"

#define LONGEST 32

/*
 * Returns the edit distance between A and B. Exchanging two adjacent letters counts as one edit. Returns LONGEST for
 * long words.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t *before, *above, *row;
	size_t i, j, la = strlen(a), lb = strlen(b), best;

	if (la >= LONGEST || lb >= LONGEST)
		return LONGEST;
	for (j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (i = 1; i <= la; i++) {
		row = rows[i % 3];
		above = rows[(i - 1) % 3];
		before = rows[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			best = above[j - 1] + (a[i - 1] != b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

/* Returns the maximum edit distance of a suggestion: two for long words, one for short words. */
static size_t
bearable(const char *word)
{
	return strlen(word) > 4 ? 2 : 1;
}

int
suggest_option(const char *name)
{
	const char *word = name + strspn(name, "-"), *found = NULL;
	size_t i, d, best = bearable(word) + 1;

	for (i = 0; i < option_row_count; i++) {
		d = distance(word, option_table[i].name);
		if (d < best) {
			best = d;
			found = option_table[i].name;
		}
	}
	if (found != NULL)
		return msg_usage("unrecognized option '%s'; did you mean '--%s'?", name, found);
	return msg_usage("unrecognized option '%s'", name);
}

/* Words that other programs use for the operations of a verb. */
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
	const char *found = NULL;
	size_t i, d, best = bearable(word) + 1;

	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		d = distance(word, synonyms[i].word);
		if (d < best &&
		    (verb_find(verbs, synonyms[i].verb) != NULL || strcmp(synonyms[i].verb, "help") == 0 ||
			*synonyms[i].verb == '-')) {
			best = d;
			found = synonyms[i].verb;
		}
	}
	/* A similar verb is preferred to a similar synonym. */
	for (i = 0; verbs[i] != NULL; i++) {
		d = distance(word, verbs[i]->name);
		if (d < best || (d == best && d <= bearable(word))) {
			best = d;
			found = verbs[i]->name;
		}
	}
	return found;
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
