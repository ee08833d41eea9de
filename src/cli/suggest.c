/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/suggest.h"

#define LONGEST 32

/* How many characters must be changed, added, left out or swapped with their neighbour to make A into B; LONGEST if many. */
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

/* Two slips in a long word, one in a short one. */
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
		return msg_usage("there is no option %s; did you mean --%s?", name, found);
	return msg_usage("there is no option %s", name);
}

static const char *
suggest_verb(const struct verb *const *verbs, const char *word)
{
	const char *found = NULL;
	size_t i, d, best = bearable(word) + 1;

	for (i = 0; verbs[i] != NULL; i++) {
		d = distance(word, verbs[i]->name);
		if (d < best) {
			best = d;
			found = verbs[i]->name;
		}
	}
	return found;
}

int
suggest_check(const struct verb *const *verbs, const char *word)
{
	const char *verb;

	if (word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] != '\0' || verb_find(verbs, word) != NULL ||
	    access(word, F_OK) == 0)
		return 0;
	verb = suggest_verb(verbs, word);
	if (verb == NULL)
		return 0;
	return msg_usage("there is no verb %s; did you mean %s? A socket of that name is ./%s", word, verb, word);
}
