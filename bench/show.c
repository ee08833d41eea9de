/* SPDX-License-Identifier: ISC */
/* Benchmarks of describing many descriptors, either inherited ones or those of another process. */
#include "bench.h"

static bool
show_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	double start = now();
	pid_t pid = program_start(c, -1);

	if (pid == -1 || !program_wait(pid, &sample->cpu))
		return false;
	sample->wall = (now() - start) / (double)row->count;
	sample->cpu /= (double)row->count;
	return true;
}

const struct row show_rows[] = {
	{ .name = "show: 10,000 inherited descriptors",
	    .unit = "descriptor",
	    .run = show_run,
	    .count = 10000,
	    .contestants = { { "fdpass show --json", { "@ref_many", "10000", "inherit", "@fdpass", "show", "--json" },
				 0 },
		{ "a loop of readlink", { "@ref_many", "10000", "inherit", "@ref_links" }, 0 },
		{ "fdpass show", { "@ref_many", "10000", "inherit", "@fdpass", "show" }, 0 } } },
	{ .name = "show pid:PID: 10,000 descriptors",
	    .unit = "descriptor",
	    .run = show_run,
	    .count = 10000,
	    .contestants = { { "fdpass show --json",
				 { "@ref_many", "10000", "child", "@fdpass", "show", "--json", "pid:" }, 0 },
		{ "lsfd --json", { "@ref_many", "10000", "child", "lsfd", "--json", "-p", "" }, 0 },
		{ "lsof", { "@ref_many", "10000", "child", "lsof", "-p", "" }, 0 },
		{ "a loop of readlink", { "@ref_many", "10000", "child", "@ref_links", "" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.0 } } },
	{ .name = NULL },
};
