/* SPDX-License-Identifier: ISC */
/* Tests of suggesting the nearest known word for a word that was typed incorrectly. */
#include <string.h>

#include "base/nearest.h"
#include "tap.h"

static const char *const words[] = { "recv", "send", "relay", "show", "hold", "watch", "listening", "connections" };

static const char *
found(const char *word)
{
	struct nearest nearest;
	size_t i;

	nearest_begin(&nearest, word);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_try(&nearest, words[i], words[i]);
	return nearest.found;
}

int
main(void)
{
	static const struct {
		const char *word, *expected, *what;
	} cases[] = {
		{ "recv", "recv", "the same word" },
		{ "RECV", "recv", "upper case" },
		{ "ercv", "recv", "the first two letters swapped" },
		{ "rcev", "recv", "two letters swapped" },
		{ "revc", "recv", "the last two letters swapped" },
		{ "xecv", "recv", "another first letter" },
		{ "recx", "recv", "another last letter" },
		{ "ecv", "recv", "the first letter missing" },
		{ "rec", "recv", "the last letter missing" },
		{ "xrecv", "recv", "one letter more at the beginning" },
		{ "recvx", "recv", "one letter more at the end" },
		{ "rxcx", NULL, "two letters different in a short word" },
		{ "xxxx", NULL, "a different word" },
		{ "", NULL, "an empty word" },
		{ "connectoin", "connections", "two differences in a long word" },
		{ "xonnectionx", "connections", "two other letters in a long word" },
		{ "xonnectxonx", NULL, "three other letters in a long word" },
		{ "conections", "connections", "a letter missing in a long word" },
		{ "lsitenign", "listening", "two pairs swapped in a long word" },
	};
	struct nearest nearest;
	char longest[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(found(cases[i].word), cases[i].expected, "%s", cases[i].what);
	nearest_begin(&nearest, "hole");
	nearest_try(&nearest, "hold", "first");
	nearest_try(&nearest, "holy", "second");
	is_str(nearest.found, "first", "of two equally similar words, the first one is found");
	nearest_try(&nearest, "hole", "equal");
	is_str(nearest.found, "equal", "a more similar word replaces a less similar one");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	is_str(found(longest), NULL, "no word is found for a very long word");
	nearest_begin(&nearest, "aaa");
	nearest_try(&nearest, longest, "long");
	is_str(nearest.found, NULL, "a very long known word is not found");
	return tap_done();
}
