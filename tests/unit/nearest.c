/* SPDX-License-Identifier: ISC */
/* Tests of finding the most similar known word for a mistyped word. */
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
		{ "recv", "recv", "for a known word, the same word is found" },
		{ "RECV", "recv", "for a known word in upper case, the known word is found" },
		{ "ercv", "recv", "a word is found if its first two letters are swapped" },
		{ "rcev", "recv", "a word is found if two of its middle letters are swapped" },
		{ "revc", "recv", "a word is found if its last two letters are swapped" },
		{ "xecv", "recv", "a word is found if its first letter is wrong" },
		{ "recx", "recv", "a word is found if its last letter is wrong" },
		{ "ecv", "recv", "a word is found if its first letter is missing" },
		{ "rec", "recv", "a word is found if its last letter is missing" },
		{ "xrecv", "recv", "a word is found with an additional letter at the beginning" },
		{ "recvx", "recv", "a word is found with an additional letter at the end" },
		{ "rxcx", NULL, "a short word is not found if two of its letters are wrong" },
		{ "xxxx", NULL, "no word is found for a completely different word" },
		{ "", NULL, "no word is found for an empty word" },
		{ "connectoin", "connections", "a long word is found if two letters are swapped and one is missing" },
		{ "xonnectionx", "connections", "a long word is found if two of its letters are wrong" },
		{ "xonnectxonx", NULL, "a long word is not found if three of its letters are wrong" },
		{ "conections", "connections", "a long word is found if one of its letters is missing" },
		{ "lsitenign", "listening", "a long word is found if two pairs of its letters are swapped" },
	};
	struct nearest nearest;
	char longest[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(found(cases[i].word), cases[i].expected, "%s", cases[i].what);
	nearest_begin(&nearest, "hole");
	nearest_try(&nearest, "hold", "first");
	nearest_try(&nearest, "holy", "second");
	is_str(nearest.found, "first", "if two known words are equally similar, the first word is found");
	nearest_try(&nearest, "hole", "equal");
	is_str(nearest.found, "equal", "a more similar word replaces a less similar one");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	is_str(found(longest), NULL, "no word is found for a very long word");
	nearest_begin(&nearest, "aaa");
	nearest_try(&nearest, longest, "long");
	is_str(nearest.found, NULL, "a very long known word is never suggested");
	return tap_done();
}
