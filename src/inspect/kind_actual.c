/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/internal.h"
#include "inspect/kind_actual.h"

static const struct name {
	int value;
	char word[12];
} families[] = { { AF_UNIX, "unix" }, { AF_INET, "inet" }, { AF_INET6, "inet6" } },
  types[] = { { SOCK_STREAM, "stream" }, { SOCK_DGRAM, "dgram" }, { SOCK_SEQPACKET, "seqpacket" } },
  accesses[] = { { ACCESS_READ, "r" }, { ACCESS_WRITE, "w" }, { ACCESS_BOTH, "rw" }, { ACCESS_PATH, "path" } };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Returns true if the kind list LIST contains the property WORD. */
static bool
mentions(const char *list, const char *word)
{
	size_t length = strlen(word);
	const char *p;

	for (p = strchr(list, ':'); p != NULL; p = strchr(p + 1, ':'))
		if (strncmp(p + 1, word, length) == 0 && strchr(":,", p[1 + length]) != NULL)
			return true;
	return false;
}

/*
 * If the kind list LIST contains one of the COUNT property names in NAMES, appends the name of the actual value, VALUE,
 * to TEXT.
 */
static void
add(char *text, size_t size, const char *list, const struct name *names, size_t count, int value)
{
	bool wanted = false;
	size_t i;

	for (i = 0; i < count; i++)
		wanted |= mentions(list, names[i].word);
	for (i = 0; wanted && i < count; i++)
		if (names[i].value == value) {
			(void)strlcat(text, ":", size);
			(void)strlcat(text, names[i].word, size);
		}
}

void
kind_actual(const char *required, const struct fd_facts *f, char *text, size_t size)
{
	(void)strlcpy(text, fd_kind_word(f), size);
	if (strcmp(text, "socket") == 0) {
		add(text, size, required, families, COUNT(families), fdp_sock_option(f->fd, SO_DOMAIN));
		add(text, size, required, types, COUNT(types), fdp_sock_option(f->fd, SO_TYPE));
	}
	add(text, size, required, accesses, COUNT(accesses), (int)f->access);
	if (strncmp(text, "socket", 6) == 0 && mentions(required, "listening"))
		(void)strlcat(
		    text, fdp_sock_option(f->fd, SO_ACCEPTCONN) == 1 ? ":listening" : ", not listening", size);
}
