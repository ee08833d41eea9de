/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "cli/verb.h"

const struct verb *
verb_find(const struct verb *const *verbs, const char *name)
{
	for (; *verbs != NULL; verbs++)
		if (strcmp((*verbs)->name, name) == 0)
			return *verbs;
	return NULL;
}

const char *
verb_text(const struct verb *verb, const char *text, int *length)
{
	size_t name = strlen(verb->name);
	const char *bar = text;

	while ((bar = strchr(bar, '|')) != NULL) {
		bar++;
		if (strncmp(bar, verb->name, name) == 0 && bar[name] == ':') {
			text = bar + name + 1;
			break;
		}
	}
	*length = (int)strcspn(text, "|");
	return text;
}
