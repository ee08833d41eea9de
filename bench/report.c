/* SPDX-License-Identifier: ISC */
/* Prints the results as a table, and writes them as JSON. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench.h"

static FILE *json;
static int missed;
static bool first = true;

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Returns the quantile PART (0 to 1) of the values. */
static double
quantile(const double *values, size_t count, double part)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare);
	return sorted[(size_t)(part * (double)(count - 1) + 0.5)];
}

void
report_begin(const char *path, size_t rounds)
{
	char date[32];
	struct utsname system;
	time_t t = time(NULL);

	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
	(void)uname(&system);
	(void)printf(
	    "%-39s %-30s %10s %7s %5s-%-5s %5s  %s\n", "work", "", "time", "ratio", "25%", "75%", "cpu", "goal");
	json = fopen(path, "w");
	if (json != NULL)
		(void)fprintf(json, "{\"date\":\"%s\",\"system\":\"%s %s %s\",\"rounds\":%zu,\"results\":[", date,
		    system.sysname, system.release, system.machine, rounds);
}

static void
separate(void)
{
	if (json != NULL && !first)
		(void)fputc(',', json);
	if (json != NULL)
		(void)fputs("\n", json);
	first = false;
}

static const char *
duration(double seconds, char *text, size_t size)
{
	if (seconds < 1e-5)
		(void)snprintf(text, size, "%.0f ns", seconds * 1e9);
	else if (seconds < 1e-2)
		(void)snprintf(text, size, "%.1f us", seconds * 1e6);
	else
		(void)snprintf(text, size, "%.1f ms", seconds * 1e3);
	return text;
}

static const struct goal *
goal_find(const struct row *row, size_t against)
{
	size_t i;

	for (i = 0; i < CONTESTANTS_MAX; i++)
		if (row->goals[i].kind != GOAL_NONE && row->goals[i].against == against)
			return &row->goals[i];
	return NULL;
}

static void
report_pair(const struct row *row, size_t against, struct sample samples[CONTESTANTS_MAX][ROUNDS_MAX], size_t rounds)
{
	const struct goal *goal = goal_find(row, against);
	bool rate = goal != NULL && goal->kind == RATE_AT_LEAST, met;
	double ratios[ROUNDS_MAX], cpus[ROUNDS_MAX], walls[ROUNDS_MAX], ratio, cpu;
	const struct sample *ours, *theirs;
	char text[32];
	size_t i;

	for (i = 0; i < rounds; i++) {
		ours = &samples[0][i];
		theirs = &samples[against][i];
		walls[i] = theirs->wall;
		ratios[i] = rate ? theirs->wall / ours->wall : ours->wall / theirs->wall;
		cpus[i] = rate ? theirs->cpu / ours->cpu : ours->cpu / theirs->cpu;
	}
	ratio = quantile(ratios, rounds, 0.5);
	cpu = quantile(cpus, rounds, 0.5);
	met = goal == NULL || (rate ? ratio >= goal->bound : ratio <= goal->bound);
	missed += !met;
	(void)printf("%-39s   / %-26s %10s %7.2f %5.2f-%-5.2f %5.2f  ", "", row->contestants[against].name,
	    duration(quantile(walls, rounds, 0.5), text, sizeof(text)), ratio, quantile(ratios, rounds, 0.25),
	    quantile(ratios, rounds, 0.75), cpu);
	if (goal != NULL)
		(void)printf(
		    "%s %s %.2f x%s", rate ? "rate" : "time", rate ? ">=" : "<=", goal->bound, met ? "" : "  MISSED");
	(void)printf("\n");
	if (json == NULL)
		return;
	separate();
	(void)fprintf(json,
	    "{\"work\":\"%s\",\"against\":\"%s\",\"unit\":\"%s\",\"seconds\":%.4g,\"seconds_against\":%.4g,"
	    "\"ratio_of\":\"%s\",\"ratio\":%.4f,\"ratio_cpu\":%.4f,\"rounds\":%zu",
	    row->name, row->contestants[against].name, row->unit,
	    walls[0] > 0 ? quantile((double[]){ samples[0][0].wall }, 1, 0.5) : 0, quantile(walls, rounds, 0.5),
	    rate ? "rates" : "times", ratio, cpu, rounds);
	if (goal != NULL)
		(void)fprintf(json, ",\"goal\":%.4g,\"met\":%s", goal->bound, met ? "true" : "false");
	(void)fprintf(json, "}");
}

void
report_row(const struct row *row, struct sample samples[CONTESTANTS_MAX][ROUNDS_MAX], size_t rounds)
{
	double walls[ROUNDS_MAX];
	char text[32];
	size_t i;

	for (i = 0; i < rounds; i++)
		walls[i] = samples[0][i].wall;
	(void)printf("%-39s %-30s %10s\n", row->name, row->contestants[0].name,
	    duration(quantile(walls, rounds, 0.5), text, sizeof(text)));
	for (i = 1; i < CONTESTANTS_MAX && row->contestants[i].name != NULL; i++)
		if (samples[i][0].wall > 0)
			report_pair(row, i, samples, rounds);
		else
			(void)printf("%-39s   / %-26s %10s\n", "", row->contestants[i].name, "not here");
	(void)fflush(stdout);
}

void
report_figure(const struct figure *figure)
{
	bool met = figure->value < figure->bound || (figure->value <= figure->bound && *figure->unit == 'c');

	missed += !met;
	(void)printf("%-39s %-30s %6.0f %s  at most %.0f%s\n%-39s   (%s)\n", figure->name, "fdpass", figure->value,
	    figure->unit, figure->bound, met ? "" : "  MISSED", "", figure->note);
	(void)fflush(stdout);
	if (json == NULL)
		return;
	separate();
	(void)fprintf(json, "{\"work\":\"%s\",\"unit\":\"%s\",\"value\":%.6g,\"goal\":%.6g,\"met\":%s,\"note\":\"%s\"}",
	    figure->name, figure->unit, figure->value, figure->bound, met ? "true" : "false", figure->note);
}

int
report_end(void)
{
	bool failed;

	if (missed > 0)
		(void)printf("%d goal%s missed\n", missed, missed == 1 ? "" : "s");
	if (json == NULL)
		return -1;
	(void)fputs("\n]}\n", json);
	failed = ferror(json) != 0;
	return fclose(json) != 0 || failed ? -1 : missed;
}
