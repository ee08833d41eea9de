/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cli/message.h"
#include "cli/option_rules.h"
#include "cli/options.h"

static bool
given_row(const struct options *o, size_t row)
{
	return (o->seen[row / 64] >> row % 64 & 1) != 0;
}

struct word {
	const char *text;
	size_t length;
};

/*
 * Removes the first word from *LIST, which has *LEFT bytes, and stores the word in *WORD. SEPARATOR is the character
 * between two words. Returns false if *LIST contains no more words.
 */
static bool
next_word(const char **list, size_t *left, char separator, struct word *word)
{
	const char *end;

	if (*left == 0)
		return false;
	word->text = *list;
	end = memchr(*list, separator, *left);
	word->length = end != NULL ? (size_t)(end - *list) : *left;
	*list += word->length + (end != NULL);
	*left -= word->length + (end != NULL);
	return true;
}

/*
 * Returns the part of ROW's column "needs" that applies to VERB. If no part applies to VERB, the length of the returned
 * word is 0.
 */
static struct word
needs_of(const struct option_row *row, const struct verb *verb)
{
	const char *list = row->needs;
	size_t left = list != NULL ? strlen(list) : 0, name = strlen(verb->name);
	struct word word;

	while (next_word(&list, &left, ' ', &word)) {
		if (memchr(word.text, ':', word.length) == NULL)
			return word;
		if (strncmp(word.text, verb->name, name) == 0 && word.text[name] == ':')
			return (struct word){ .text = word.text + name + 1, .length = word.length - name - 1 };
	}
	return (struct word){ .text = NULL };
}

static bool
given_word(const struct options *o, const struct word *word)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if (given_row(o, i) && strlen(option_table[i].name) == word->length &&
		    memcmp(option_table[i].name, word->text, word->length) == 0)
			return true;
	return false;
}

static bool
given_any(const struct options *o, struct word words)
{
	struct word word;

	while (next_word(&words.text, &words.length, ',', &word))
		if (given_word(o, &word))
			return true;
	return false;
}

/* Formats the option names in WORDS as "--a" or "--a or --b". */
static void
words_print(struct word words, char *text, size_t size)
{
	size_t used = 0;
	struct word word;

	while (next_word(&words.text, &words.length, ',', &word) && used + word.length + 8 < size) {
		used = strlcpy(text + used, used > 0 ? " or --" : "--", size - used) + used;
		memcpy(text + used, word.text, word.length);
		used += word.length;
		text[used] = '\0';
	}
}

static int
row_check(const struct options *o, const struct option_row *row, const struct verb *verb, bool command)
{
	struct word needs = needs_of(row, verb);
	bool lacks_option = needs.length > 0 && !given_any(o, needs),
	     lacks_command = (row->command & verb->bit) != 0 && !command;
	char text[128] = "";

	if ((row->verbs & verb->bit) == 0)
		return msg_usage("--%s is not an option of %s%s", row->name, verb->name,
		    verb->bit == VERB_RUN ? " (COMMAND and its options follow '--')" : "");
	if (row->excludes != NULL && options_given(o, row->excludes))
		return msg_usage("--%s and --%s are mutually exclusive", row->name, row->excludes);
	words_print(needs, text, sizeof(text));
	if (lacks_option)
		return msg_usage("--%s needs %s%s", row->name, text, lacks_command ? " and a COMMAND" : "");
	return lacks_command ? msg_usage("--%s needs a COMMAND", row->name) : 0;
}

int
option_rules_check(const struct options *o, const struct verb *verb, bool command)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if (given_row(o, i) && row_check(o, &option_table[i], verb, command) != 0)
			return -1;
	return 0;
}

bool
options_given(const struct options *o, const char *name)
{
	struct word word = { .text = name, .length = strlen(name) };

	return given_word(o, &word);
}
