/* SPDX-License-Identifier: ISC */
/*
 * bench [-r ROUNDS] [-m MESSAGES] [-o FILE] FDPASS PROGRAMS [WORD]
 *
 * Compares the program FDPASS with the programs in the directory PROGRAMS, in all benchmark rows whose name contains
 * WORD. Writes a table to standard output and JSON to FILE. Missed goals are marked, but do not affect the exit status.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

/* The time limit in seconds for one program in one round. A program that takes longer is considered to hang. */
#define TIME_LIMIT 300

static struct sample samples[CONTESTANTS_MAX][ROUNDS_MAX];

/*
 * Runs the contestants alternately. Every second round runs them in reverse order, so that no contestant always runs
 * first.
 */
static bool
row_measure(const struct row *row, size_t rounds)
{
	bool here[CONTESTANTS_MAX] = { false };
	size_t count = 0, round, i, at;

	while (count < CONTESTANTS_MAX && row->contestants[count].name != NULL) {
		here[count] = program_find(&row->contestants[count]) != NULL;
		count++;
	}
	memset(samples, 0, sizeof(samples));
	for (round = 0; round < rounds; round++)
		for (i = 0; i < count; i++) {
			(void)alarm(TIME_LIMIT);
			at = round % 2 == 0 ? i : count - 1 - i;
			if (here[at] && !row->run(row, &row->contestants[at], &samples[at][round])) {
				(void)fprintf(stderr, "bench: %s: %s failed\n", row->name, row->contestants[at].name);
				return false;
			}
		}
	return true;
}

static bool
rows_measure(const struct row *rows, size_t rounds, const char *word)
{
	size_t n;
	bool ok = true;

	for (; rows->name != NULL; rows++) {
		if (word != NULL && strstr(rows->name, word) == NULL)
			continue;
		n = rows->rounds != 0 && rows->rounds < rounds ? rows->rounds : rounds;
		if (row_measure(rows, n))
			report_row(rows, samples, n);
		else
			ok = false;
	}
	return ok;
}

static size_t
number(const char *text, size_t most)
{
	unsigned long n = strtoul(text, NULL, 10);

	return n == 0 ? 1 : n < most ? n : most;
}

static void
clean_up(void)
{
	static const char *const names[] = { "front", "back", "file" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", work_path, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(work_path);
}

static int
usage(void)
{
	(void)fprintf(stderr, "usage: bench [-r rounds] [-m messages] [-o file] fdpass programs [word]\n");
	return 2;
}

int
main(int argc, char **argv)
{
	const char *out = "bench.json", *word;
	size_t rounds = 21, messages = 10000000;
	struct rlimit limit;
	int c, missed;
	bool ok;

	while ((c = getopt(argc, argv, "r:m:o:")) != -1)
		switch (c) {
		case 'r':
			rounds = number(optarg, ROUNDS_MAX);
			break;
		case 'm':
			messages = number(optarg, 1000000000);
			break;
		case 'o':
			out = optarg;
			break;
		default:
			return usage();
		}
	if (argc - optind < 2)
		return usage();
	fdpass_path = argv[optind];
	programs_path = argv[optind + 1];
	word = argv[optind + 2];
	(void)snprintf(work_path, sizeof(work_path), "/tmp/fdb.XXXXXX");
	if (mkdtemp(work_path) == NULL) {
		perror("bench: /tmp");
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	report_begin(out, rounds);
	ok = rows_measure(handover_rows, rounds, word);
	ok &= rows_measure(accept_rows, rounds, word);
	ok &= rows_measure(hold_rows, rounds, word);
	ok &= rows_measure(drain_rows, rounds, word);
	ok &= rows_measure(relay_rows, rounds, word);
	ok &= rows_measure(show_rows, rounds, word);
	ok &= rows_measure(watch_rows, rounds, word);
	(void)alarm(0);
	if (word == NULL || strcmp(word, "figures") == 0)
		figures_measure(messages, report_figure);
	missed = report_end();
	clean_up();
	return !ok || missed == -1 ? 2 : 0;
}
