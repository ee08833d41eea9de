/* SPDX-License-Identifier: ISC */
/*
 * Preloaded under valgrind (tests/valgrind.sh). valgrind duplicates the descriptor of its report to a high number and
 * leaves the original open in the program, which would look like an inherited descriptor. This library closes the
 * original, so that the program has only the descriptors of its test, and removes itself from LD_PRELOAD. REPORTS is
 * the directory of the reports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "/valgrind.so"

static void
preload_part(void)
{
	char *begin = getenv("LD_PRELOAD"), *end, *name;

	name = begin != NULL ? strstr(begin, REPORTS NAME) : NULL;
	if (name == NULL)
		return;
	end = name + strlen(REPORTS NAME);
	/* The colon that separates this library from the previous one in the list is removed, too. */
	if (name > begin)
		name--;
	memmove(name, end, strlen(end) + 1);
}

__attribute__((constructor)) static void
report_close(void)
{
	char path[32], report[sizeof(REPORTS) + 64], target[sizeof(report)];
	ssize_t n;
	int fd;

	(void)snprintf(report, sizeof(report), "%s/%ld-", REPORTS, (long)getpid());
	for (fd = 0; fd < 1024; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n == -1)
			continue;
		target[n] = '\0';
		if (strncmp(target, report, strlen(report)) == 0) {
			(void)close(fd);
			preload_part();
			return;
		}
	}
}
