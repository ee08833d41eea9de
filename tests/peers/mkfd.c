/* SPDX-License-Identifier: ISC */
/*
 * Creates descriptors of the given kinds at the given numbers, and executes a command that inherits them:
 *
 *   mkfd KIND[=ARGUMENT] NUMBER [KIND[=ARGUMENT] NUMBER]... -- COMMAND [ARG]...
 *   mkfd -l                                                   lists the kinds
 *
 * Further descriptors that must stay open, such as the other end of a connection, are inherited with numbers from 100
 * up. Prints a reason and exits with 77 if this system cannot create one of the descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkfd.h"

#define SPARE 100

void
cannot(const char *what)
{
	fprintf(stderr, "mkfd: %s: %s\n", what, strerror(errno));
	exit(77);
}

int
need(int result, const char *what)
{
	if (result == -1)
		cannot(what);
	return result;
}

int
keep(int fd)
{
	int spare = need(fcntl(fd, F_DUPFD, SPARE), "F_DUPFD");

	(void)close(fd);
	return spare;
}

static const struct maker *
find(const char *word)
{
	size_t n = strcspn(word, "="), i, t;
	const struct maker *const tables[] = { makers_file, makers_anon, makers_sock };

	for (t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (i = 0; tables[t][i].name != NULL; i++)
			if (strlen(tables[t][i].name) == n && memcmp(tables[t][i].name, word, n) == 0)
				return &tables[t][i];
	fprintf(stderr, "mkfd: no such kind: %s\n", word);
	exit(2);
}

static void
list(void)
{
	const struct maker *const tables[] = { makers_file, makers_anon, makers_sock };
	size_t i, t;

	for (t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (i = 0; tables[t][i].name != NULL; i++)
			puts(tables[t][i].name);
}

static void
place(int fd, const char *number)
{
	int target = atoi(number);

	if (fd == target) {
		(void)need(fcntl(fd, F_SETFD, 0), "F_SETFD");
		return;
	}
	(void)need(dup2(fd, target), "dup2");
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	const char *equals;
	int i;

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		list();
		return 0;
	}
	for (i = 1; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
		equals = strchr(argv[i], '=');
		place(find(argv[i])->make(equals != NULL ? equals + 1 : NULL), argv[i + 1]);
	}
	if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
		fputs("usage: mkfd KIND[=ARGUMENT] NUMBER... -- COMMAND [ARG]...\n", stderr);
		return 2;
	}
	execvp(argv[i + 1], argv + i + 1);
	cannot(argv[i + 1]);
	return 2;
}
