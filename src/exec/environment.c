/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hot_data.h"
#include "base/num.h"
#include "exec/environment.h"

#define USUAL_VARIABLES 256
#define USUAL_TEXT	1024
#define DIGITS		24

/*
 * Static memory for the environment that is sufficient in most cases, so that no memory must be allocated. The memory
 * must be static because environ points to it.
 */
static struct {
	char text[USUAL_TEXT];
	char *list[USUAL_VARIABLES];
} usual;

/* The number of variables in environ, and the size of the array to which environ points. */
static struct {
	size_t count, room;
	size_t used; /* number of bytes of usual.text that are used */
} made HOT_DATA;

/* Returns true if ENTRY, which has the form "NAME=VALUE", sets the variable NAME. NAME has LENGTH characters. */
static bool
is_named(const char *entry, const char *name, size_t length)
{
	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool
is_one_of(const char *entry, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (entry[0] == names[i][0] && is_named(entry, names[i], strlen(names[i])))
			return true;
	return false;
}

/* Enlarges the array if necessary, so that it has room for COUNT variables and the terminating NULL pointer. */
static int
list_grow(size_t count)
{
	char **bigger = usual.list;
	size_t room = USUAL_VARIABLES;

	if (count < made.room)
		return 0;
	while (room <= count)
		room *= 2;
	if (room > USUAL_VARIABLES && (bigger = calloc(room, sizeof(*bigger))) == NULL)
		return -1;
	if (made.count > 0)
		memcpy(bigger, environ, made.count * sizeof(*bigger));
	if (made.room > USUAL_VARIABLES)
		free(environ);
	bigger[made.count] = NULL;
	environ = bigger;
	made.room = room;
	return 0;
}

int
environment_begin(const char *const *names, size_t count, const char *prefix)
{
	char **old = environ;
	size_t length = strlen(prefix), i;

	for (i = 0; old != NULL && old[i] != NULL; i++)
		;
	made.count = made.room = made.used = 0;
	if (list_grow(i) == -1) {
		environ = old;
		return -1;
	}
	for (; old != NULL && *old != NULL; old++)
		if (!is_one_of(*old, names, count) && strncmp(*old, prefix, length) != 0)
			environ[made.count++] = *old;
	/* environ has a free element after list_grow(). NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	environ[made.count] = NULL;
	return 0;
}

static char *
text_room(size_t size)
{
	char *text;

	if (size > USUAL_TEXT - made.used)
		return malloc(size);
	text = usual.text + made.used;
	made.used += size;
	return text;
}

int
environment_set(const char *name, const char *value)
{
	size_t length = strlen(name), size = strlen(value) + 1, i;
	char *entry;

	for (i = 0; i < made.count && !is_named(environ[i], name, length); i++)
		;
	if (list_grow(i + 1) == -1 || (entry = text_room(length + 1 + size)) == NULL)
		return -1;
	memcpy(entry, name, length);
	entry[length] = '=';
	memcpy(entry + length + 1, value, size);
	environ[i] = entry;
	if (i == made.count)
		environ[++made.count] = NULL;
	return 0;
}

int
environment_number(const char *name, intmax_t value)
{
	char digits[DIGITS], *p = digits + sizeof(digits);
	uintmax_t left = value < 0 ? 0 - (uintmax_t)value : (uintmax_t)value;

	*--p = '\0';
	p = num_before(p, left);
	if (value < 0)
		*--p = '-';
	return environment_set(name, p);
}

void
environment_unset(const char *name)
{
	size_t length = strlen(name), i;

	for (i = 0; i < made.count && !is_named(environ[i], name, length); i++)
		;
	if (i == made.count)
		return;
	environ[i] = environ[--made.count];
	environ[made.count] = NULL;
}
