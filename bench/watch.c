/* SPDX-License-Identifier: ISC */
/* Benchmarks of tracing a program that the tracer starts, and a program to which the tracer attaches. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TIME_LIMIT 30.0

/* Returns the CPU time of all children that have been waited for. */
static double
children_cpu(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/*
 * Waits for the tracer, which is now a child of this process. Stores the CPU time of the tracer and the program in
 * *CPU.
 */
static bool
wait_both(pid_t pid, double *cpu)
{
	double before = children_cpu();
	bool ok = program_wait(pid, NULL);

	while (wait(NULL) > 0)
		;
	*cpu = children_cpu() - before;
	return ok;
}

/*
 * Starts the program itself, or under the contestant, to do COUNT units of work. The program's standard input is at end
 * of file, so the program begins immediately.
 */
static bool
started_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	size_t count = row->count / (c->share > 0 ? c->share : 1);
	struct contestant with = *c;
	char number[24];
	double start;
	pid_t pid;
	size_t n;

	(void)snprintf(number, sizeof(number), "%zu", count);
	for (n = 0; with.argv[n] != NULL; n++)
		;
	with.argv[n] = number;
	with.argv[n + 1] = row->descriptor ? "pass" : "calls";
	/* Makes this process the parent of a tracer that is orphaned when the traced program exits. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start = now();
	pid = program_start(&with, -1);
	if (pid == -1 || !wait_both(pid, &sample->cpu))
		return false;
	sample->wall = (now() - start) / (double)count;
	sample->cpu /= (double)count;
	return true;
}

static bool
is_traced(pid_t pid)
{
	double until = now() + TIME_LIMIT;

	while (now() < until) {
		if (program_status(pid, "TracerPid") > 0)
			return true;
		(void)usleep(1000);
	}
	return false;
}

/*
 * Measures the time from the beginning of the traced program's work until it exits, and the CPU time of both processes.
 */
static bool
attached_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	size_t count = row->count / (c->share > 0 ? c->share : 1);
	char number[24], target[24];
	struct contestant program = { .argv = { "@ref_pass", number, row->descriptor ? "pass" : "calls" } };
	struct contestant with = *c;
	pid_t pid, tracer;
	int go[2];
	double start, cpu = children_cpu();
	size_t n;
	bool ok;

	(void)snprintf(number, sizeof(number), "%zu", count);
	if (pipe2(go, O_CLOEXEC) == -1)
		return false;
	pid = program_start(&program, go[0]);
	(void)close(go[0]);
	(void)snprintf(target, sizeof(target), "%d", (int)pid);
	for (n = 0; with.argv[n] != NULL; n++)
		;
	with.argv[n] = target;
	tracer = pid != -1 ? program_start(&with, -1) : -1;
	ok = tracer != -1 && is_traced(pid);
	/* The tracer has attached when both the tracer and the program sleep. */
	ok = ok && program_sleeps(tracer) && program_sleeps(pid);
	start = now();
	(void)close(go[1]);
	ok &= pid != -1 && program_wait(pid, NULL);
	sample->wall = (now() - start) / (double)count;
	if (tracer != -1)
		ok &= program_wait(tracer, NULL);
	sample->cpu = (children_cpu() - cpu) / (double)count;
	return ok;
}

const struct row watch_rows[] = {
	{ .name = "watch: started, reads 64 KiB",
	    .unit = "read",
	    .run = started_run,
	    .count = 200000,
	    .contestants = { { "fdpass", { "@fdpass", "watch", "--output=/dev/null", "--", "@ref_pass" }, 0 },
		{ "nothing", { "@ref_pass" }, 0 }, { "a filter that allows all", { "@ref_filter", "@ref_pass" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.05 } } },
	{ .name = "watch: started, 1 descriptor",
	    .unit = "message, sent and received",
	    .run = started_run,
	    .count = 4000,
	    .descriptor = true,
	    .contestants = { { "fdpass", { "@fdpass", "watch", "--output=/dev/null", "--", "@ref_pass" }, 0 },
		{ "strace -yy --seccomp-bpf",
		    { "strace", "-f", "-yy", "-o", "/dev/null", "-e", "sendmsg,recvmsg", "--seccomp-bpf", "@ref_pass" },
		    0 },
		{ "two stops per call, no more", { "@ref_stops", "@ref_pass" }, 0 },
		{ "nothing", { "@ref_pass" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 2.0 } } },
	/*
	 * For comparison: every tracer needs two stops per call, and these stops alone take more than a third of
	 * strace's time.
	 */
	{ .name = "two stops per call: 1 descriptor",
	    .unit = "message, sent and received",
	    .run = started_run,
	    .count = 4000,
	    .descriptor = true,
	    .contestants = { { "reference program", { "@ref_stops", "@ref_pass" }, 0 },
		{ "strace -yy --seccomp-bpf",
		    { "strace", "-f", "-yy", "-o", "/dev/null", "-e", "sendmsg,recvmsg", "--seccomp-bpf", "@ref_pass" },
		    0 } } },
	{ .name = "watch: attached, reads 64 KiB",
	    .unit = "read",
	    .run = attached_run,
	    .count = 30000,
	    .contestants = { { "fdpass", { "@fdpass", "watch", "--output=/dev/null" }, 0 },
		{ "strace -p", { "strace", "-f", "-yy", "-o", "/dev/null", "-e", "sendmsg,recvmsg", "-p" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.0 } } },
	{ .name = NULL },
};
