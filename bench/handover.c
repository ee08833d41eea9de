/* SPDX-License-Identifier: ISC */
/* Benchmarks of a hand-over: the time from the start of the program until the executed command has exited. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define TRUE "/bin/true"

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static bool
handover_once(const struct contestant *c, int file, double *wall, double *cpu)
{
	int pair[2];
	double start;
	pid_t pid;
	bool ok;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	ok = feed_send(pair[1], 1, 1, file);
	start = now();
	pid = ok ? program_start(c, pair[0]) : -1;
	ok = pid != -1 && program_wait(pid, cpu);
	*wall = now() - start;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return ok;
}

static bool
listen_once(const struct contestant *c, int file, double *wall, double *cpu)
{
	char front[128];
	double start;
	pid_t pid;
	int fd;
	bool ok;

	(void)snprintf(front, sizeof(front), "%s/front", work_path);
	(void)unlink(front);
	pid = program_start(c, -1);
	if (pid == -1)
		return false;
	/*
	 * The program may sleep because of disk I/O before it listens. Therefore, the client waits not only until the
	 * program sleeps, but until the path exists, too.
	 */
	do
		ok = program_sleeps(pid);
	while (ok && access(front, F_OK) == -1);
	start = now();
	fd = ok ? connect_to(front) : -1;
	ok = fd != -1 && feed_send(fd, 1, 1, file);
	ok &= program_wait(pid, cpu);
	*wall = now() - start;
	(void)close(fd);
	return ok;
}

static bool
handover_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	double walls[64], cpus[64];
	int file = feed_file();
	size_t i;
	bool ok = file != -1;

	for (i = 0; ok && i < row->count && i < 64; i++)
		ok = row->size == 0 ? handover_once(c, file, &walls[i], &cpus[i]) :
				      listen_once(c, file, &walls[i], &cpus[i]);
	(void)close(file);
	if (!ok)
		return false;
	sample->wall = median(walls, i);
	sample->cpu = median(cpus, i);
	return true;
}

const struct row handover_rows[] = {
	{ .name = "hand-over: recv - true",
	    .unit = "hand-over",
	    .run = handover_run,
	    .count = 15,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "-", TRUE }, 0 },
		{ "bare program", { "@ref_handover", TRUE }, 0 },
		{ "bare, static", { "@ref_handover_static", TRUE }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.15 }, { 2, TIME_AT_MOST, 1.3 } } },
	{ .name = "hand-over: recv PATH true",
	    .unit = "hand-over",
	    .run = handover_run,
	    .count = 15,
	    .size = 1,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "%front", TRUE }, 0 },
		{ "bare program", { "@ref_listen", "%front", TRUE }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.2 } } },
	{ .name = NULL },
};
