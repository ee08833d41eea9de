/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "base/nearest.h"
#include "lib/internal.h"
#include "inspect/kind_list.h"

/* Size of a buffer for one KIND or PROPERTY. */
#define WORD_SIZE 64

/* A property that can be required in addition to the kind, and the function that checks it. */
struct property {
	const char *name;
	enum { BY_ACCESS, BY_TYPE, BY_FAMILY, BY_LISTENING } by;
	int value;
};

static const struct property properties[] = {
	{ "r", BY_ACCESS, ACCESS_READ },
	{ "w", BY_ACCESS, ACCESS_WRITE },
	{ "rw", BY_ACCESS, ACCESS_BOTH },
	{ "path", BY_ACCESS, ACCESS_PATH },
	{ "stream", BY_TYPE, SOCK_STREAM },
	{ "dgram", BY_TYPE, SOCK_DGRAM },
	{ "seqpacket", BY_TYPE, SOCK_SEQPACKET },
	{ "unix", BY_FAMILY, AF_UNIX },
	{ "inet", BY_FAMILY, AF_INET },
	{ "inet6", BY_FAMILY, AF_INET6 },
	{ "listening", BY_LISTENING, 1 },
};

static const struct property *
property_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (strcmp(properties[i].name, name) == 0)
			return &properties[i];
	return NULL;
}

/*
 * Copies the word at *P to WORD, and moves *P to the end of the word. The word ends before the next of the characters
 * ENDS.
 */
static void
take_word(const char **p, const char *ends, char *word)
{
	size_t length = strcspn(*p, ends);

	(void)strlcpy(word, *p, length < WORD_SIZE ? length + 1 : WORD_SIZE);
	*p += length;
}

/* Names that other programs use for kinds. Error messages suggest the corresponding kind. */
static const struct {
	const char *word, *kind;
} synonyms[] = { { "file", "regular" }, { "dir", "directory" }, { "sock", "socket" }, { "tcp", "socket:inet" },
	{ "udp", "socket:inet" }, { "tty", "pty" }, { "terminal", "pty" }, { "shm", "memfd" } };

static int
unknown_kind(const char *word, struct fail *fail)
{
	struct nearest nearest;
	const char *kind;
	size_t i;

	nearest_begin(&nearest, word);
	for (i = 0; (kind = fd_kind_list(i)) != NULL; i++)
		nearest_try(&nearest, kind, kind);
	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcmp(word, synonyms[i].word) == 0)
			nearest.found = synonyms[i].kind;
	if (nearest.found != NULL)
		return fail_msg(fail, "unknown kind '%s'; did you mean %s?", word, nearest.found);
	return fail_msg(fail, "unknown kind '%s': fdpass(5) lists the kinds", word);
}

int
kind_list_check(const char *list, struct fail *fail)
{
	const char *p = list;
	const struct property *property;
	char word[WORD_SIZE];

	for (;;) {
		take_word(&p, ":,", word);
		property = property_find(word);
		if (strcmp(word, "any") != 0 && !fd_kind_exists(word) && property != NULL)
			return fail_msg(fail, "unknown kind '%s'; did you mean %s:%s?", word,
			    property->by == BY_ACCESS ? "any" : "socket", word);
		if (strcmp(word, "any") != 0 && !fd_kind_exists(word))
			return unknown_kind(word, fail);
		while (*p == ':') {
			p++;
			take_word(&p, ":,", word);
			if (property_find(word) == NULL)
				return fail_msg(fail, "unknown property '%s'", word);
		}
		if (*p == '\0')
			return 0;
		p++;
	}
}

static bool
property_holds(const struct property *property, const struct fd_facts *facts)
{
	int option;

	if (property == NULL)
		return false;
	if (property->by == BY_ACCESS)
		return (int)facts->access == property->value;
	option = property->by == BY_TYPE ? SO_TYPE : property->by == BY_FAMILY ? SO_DOMAIN : SO_ACCEPTCONN;
	return fdp_sock_option(facts->fd, option) == property->value;
}

/*
 * Parses one element KIND[:PROPERTY]… of the kind list at *P, and moves *P to the end of this element. Returns true if
 * the descriptor that FACTS describes matches the element.
 */
static bool
alternative_holds(const char **p, const struct fd_facts *facts)
{
	char word[WORD_SIZE];
	bool holds;

	take_word(p, ":,", word);
	holds = strcmp(word, "any") == 0 || strcmp(word, fd_kind_word(facts)) == 0;
	while (**p == ':') {
		(*p)++;
		take_word(p, ":,", word);
		holds = holds && property_holds(property_find(word), facts);
	}
	return holds;
}

bool
kind_list_matches(const char *list, const struct fd_facts *facts)
{
	const char *p = list;

	for (;; p++) {
		if (alternative_holds(&p, facts))
			return true;
		if (*p == '\0')
			return false;
	}
}
