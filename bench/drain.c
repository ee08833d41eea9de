/* SPDX-License-Identifier: ISC */
/* Benchmarks of receiving messages that are already queued. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/*
 * The messages that did not fit into the socket buffer before the measurement. A helper process sends these messages.
 */
struct rest {
	int fd, file;
	size_t count, size;
};

static void
rest_send(void *arg)
{
	const struct rest *rest = arg;

	(void)feed_send(rest->fd, rest->count, rest->size, rest->file);
}

static bool
drain_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	struct rest rest = { .file = row->descriptor ? feed_file() : -1, .size = row->size };
	size_t count = row->count / (c->share > 0 ? c->share : 1);
	pid_t helper = -1, pid;
	double start;
	int pair[2];
	bool ok;

	if (socketpair(AF_UNIX, (row->packet ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	rest.fd = pair[1];
	feed_widen(rest.fd);
	rest.count = count - feed_fill(rest.fd, count, row->size, rest.file);
	if (rest.count > 0)
		helper = helper_start(rest_send, &rest);
	(void)close(pair[1]);
	start = now();
	pid = program_start(c, pair[0]);
	(void)close(pair[0]);
	ok = pid != -1 && program_wait(pid, &sample->cpu);
	sample->wall = (now() - start) / (double)count;
	sample->cpu /= (double)count;
	if (helper != -1)
		(void)program_wait(helper, NULL);
	if (rest.file != -1)
		(void)close(rest.file);
	return ok;
}

const struct row drain_rows[] = {
	{ .name = "drain: 64 bytes, 1 descriptor",
	    .unit = "message",
	    .run = drain_run,
	    .count = 100000,
	    .size = 64,
	    .descriptor = true,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "--data=discard", "-" }, 0 },
		{ "bare loop", { "@ref_drain" }, 0 },
		{ "fdpass --no-sandbox", { "@fdpass", "recv", "--no-sandbox", "--data=discard", "-" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.95 } } },
	{ .name = "drain: 64 KiB to /dev/null",
	    .unit = "message",
	    .run = drain_run,
	    .count = 4000,
	    .size = 65536,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "--data=-", "-" }, 0 },
		{ "bare loop", { "@ref_copy" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.95 } } },
	{ .name = "JSON: 64 bytes, 1 file",
	    .unit = "message",
	    .run = drain_run,
	    .count = 20000,
	    .size = 64,
	    .descriptor = true,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "--dump-cmsg=json", "-" }, 0 },
		{ "loop with the same system calls", { "@ref_describe" }, 0 },
		{ "strace -yy -e recvmsg", { "strace", "-o", "/dev/null", "-yy", "-e", "recvmsg", "@ref_drain" }, 10 },
		{ "a Python script", { "/usr/bin/python3", "@dump.py" }, 4 },
		{ "fdpass --no-sandbox", { "@fdpass", "recv", "--no-sandbox", "--dump-cmsg=json", "-" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.7 }, { 2, RATE_AT_LEAST, 20 }, { 3, RATE_AT_LEAST, 5 } } },
	{ .name = "JSON: 64 bytes",
	    .unit = "message",
	    .run = drain_run,
	    .count = 100000,
	    .size = 64,
	    .packet = true,
	    .contestants = { { "fdpass", { "@fdpass", "recv", "--dump-cmsg=json", "-" }, 0 },
		{ "bare loop", { "@ref_drain" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.5 } } },
	{ .name = NULL },
};
