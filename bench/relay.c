/* SPDX-License-Identifier: ISC */
/* Benchmarks of relays, which forward messages between two sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* The work of the process at one end of the connection: it sends or receives COUNT messages. */
struct end {
	int fd, file;
	size_t count, size;
};

/*
 * The number of descriptors that are not used for idle connections, because a relay reserves descriptor numbers for one
 * message.
 */
#define RESERVE 400

/* A running relay, and a connection through it. */
struct setup {
	pid_t pid;
	int listening, client, server;
	int *idle; /* the descriptors of both ends of each idle connection */
	size_t idle_count;
};

static void
sender(void *arg)
{
	const struct end *end = arg;

	(void)feed_send(end->fd, end->count, end->size, end->file);
}

/* Receives SIZE bytes COUNT times, and closes the descriptors that arrive with the data. */
static bool
take(int fd, size_t count, size_t size)
{
	static char data[262144];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = data };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	size_t left = count * size;
	ssize_t n;

	while (left > 0) {
		iov.iov_len = left < sizeof(data) ? left : sizeof(data);
		hdr.msg_controllen = sizeof(control);
		n = recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC);
		if (n <= 0)
			return false;
		if (hdr.msg_controllen > 0)
			(void)close(*(int *)(void *)CMSG_DATA(&control.align));
		left -= (size_t)n;
	}
	return true;
}

static void
echo(void *arg)
{
	const struct end *end = arg;
	char data[4096];
	ssize_t n;

	while ((n = recv(end->fd, data, sizeof(data), 0)) > 0)
		if (send(end->fd, data, (size_t)n, MSG_NOSIGNAL) != n)
			return;
}

static bool
pair_open(struct setup *s, const char *front, int *client, int *server)
{
	*client = connect_to(front);
	*server = *client != -1 ? accept4(s->listening, NULL, NULL, SOCK_CLOEXEC) : -1;
	return *server != -1;
}

size_t
idle_possible(size_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur < 2 * RESERVE)
		return 0;
	return wanted < (limit.rlim_cur - RESERVE) / 2 ? wanted : (limit.rlim_cur - RESERVE) / 2;
}

static bool
setup_open(struct setup *s, const struct row *row, const struct contestant *c)
{
	char front[128], back[128];
	size_t i, idle = c == row->contestants ? idle_possible(row->idle) : 0;
	bool ok;

	(void)snprintf(front, sizeof(front), "%s/front", work_path);
	(void)snprintf(back, sizeof(back), "%s/back", work_path);
	(void)unlink(front);
	*s = (struct setup){ .client = -1, .server = -1, .listening = listen_on(back) };
	s->pid = s->listening != -1 ? program_start(c, -1) : -1;
	if (s->pid == -1)
		return false;
	s->idle = calloc(2 * idle + 1, sizeof(*s->idle));
	ok = s->idle != NULL;
	for (i = 0; ok && i < idle; i++) {
		ok = pair_open(s, front, &s->idle[2 * i], &s->idle[2 * i + 1]);
		s->idle_count = 2 * i + 2;
	}
	return ok && pair_open(s, front, &s->client, &s->server);
}

static void
setup_close(struct setup *s)
{
	size_t i;

	if (s->pid != -1)
		program_kill(s->pid);
	for (i = 0; i < s->idle_count; i++)
		(void)close(s->idle[i]);
	free(s->idle);
	(void)close(s->client);
	(void)close(s->server);
	(void)close(s->listening);
}

static bool
through_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	struct end end = { .file = row->descriptor ? feed_file() : -1, .size = row->size, .count = row->count };
	struct setup s;
	double start, cpu;
	pid_t helper;
	bool ok;

	ok = setup_open(&s, row, c);
	if (ok) {
		end.fd = s.client;
		cpu = program_cpu(s.pid);
		start = now();
		helper = helper_start(sender, &end);
		ok = take(s.server, row->count, row->size);
		sample->wall = (now() - start) / (double)row->count;
		sample->cpu = (program_cpu(s.pid) - cpu) / (double)row->count;
		ok &= program_wait(helper, NULL);
	}
	setup_close(&s);
	if (end.file != -1)
		(void)close(end.file);
	return ok;
}

static bool
round_trips(int fd, size_t count, size_t size)
{
	char data[4096] = { 0 };
	size_t i;

	for (i = 0; i < count; i++)
		if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size ||
		    recv(fd, data, size, MSG_WAITALL) != (ssize_t)size)
			return false;
	return true;
}

static bool
round_trip_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	struct end end;
	struct setup s;
	double start, cpu;
	pid_t helper;
	bool ok;

	ok = setup_open(&s, row, c);
	if (ok) {
		end.fd = s.server;
		helper = helper_start(echo, &end);
		/*
		 * Round trips that are not measured, so that the scheduler's averages no longer reflect the setup of
		 * connections.
		 */
		ok = round_trips(s.client, row->count / 2, row->size);
		cpu = program_cpu(s.pid);
		start = now();
		ok = ok && round_trips(s.client, row->count, row->size);
		sample->wall = (now() - start) / (double)row->count;
		sample->cpu = (program_cpu(s.pid) - cpu) / (double)row->count;
		program_kill(helper);
	}
	setup_close(&s);
	return ok;
}

const struct row relay_rows[] = {
	{ .name = "relay: 64 KiB, stream",
	    .unit = "message",
	    .run = through_run,
	    .count = 8000,
	    .size = 65536,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 },
		{ "bare loop", { "@ref_relay", "%front", "%back" }, 0 },
		{ "socat", { "socat", "UNIX-LISTEN:%front", "UNIX-CONNECT:%back" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.95 }, { 2, RATE_AT_LEAST, 1.8 } } },
	{ .name = "relay: 512 bytes, 1 descriptor",
	    .unit = "message",
	    .run = through_run,
	    .count = 30000,
	    .size = 512,
	    .descriptor = true,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 },
		{ "bare loop, inexact", { "@ref_relay_fds", "%front", "%back" }, 0 },
		{ "fdpass --no-sandbox", { "@fdpass", "relay", "--no-sandbox", "%front", "%back" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.8 } } },
	{ .name = "relay: round trip of 64 bytes",
	    .unit = "round trip",
	    .run = round_trip_run,
	    .count = 20000,
	    .size = 64,
	    .rounds = 9,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 },
		{ "bare loop", { "@ref_relay", "%front", "%back" }, 0 },
		{ "fdpass --no-sandbox", { "@fdpass", "relay", "--no-sandbox", "%front", "%back" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.1 } } },
	{ .name = "relay --busy-poll: round trip",
	    .unit = "round trip",
	    .run = round_trip_run,
	    .count = 20000,
	    .size = 64,
	    .rounds = 9,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "--busy-poll", "%front", "%back" }, 0 },
		{ "bare loop", { "@ref_relay", "%front", "%back" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.1 } } },
	{ .name = "relay: the same, with 1,000 idle connections",
	    .unit = "round trip",
	    .run = round_trip_run,
	    .count = 20000,
	    .size = 64,
	    .idle = 1000,
	    .rounds = 9,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 },
		{ "bare loop", { "@ref_relay", "%front", "%back" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.15 } } },
	{ .name = "relay --busy-poll: with 1,000 idle connections",
	    .unit = "round trip",
	    .run = round_trip_run,
	    .count = 20000,
	    .size = 64,
	    .idle = 1000,
	    .rounds = 9,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "--busy-poll", "%front", "%back" }, 0 },
		{ "bare loop", { "@ref_relay", "%front", "%back" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.15 } } },
	{ .name = "relay: the same, with 10,000 idle connections",
	    .unit = "round trip",
	    .run = round_trip_run,
	    .count = 20000,
	    .size = 64,
	    .idle = 10000,
	    .rounds = 9,
	    .contestants = { { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 },
		{ "fdpass without idle connections", { "@fdpass", "relay", "%front", "%back" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.95 } } },
	{ .name = NULL },
};

/* --- memory, which is measured once */

static const struct contestant fdpass_relay = { "fdpass", { "@fdpass", "relay", "%front", "%back" }, 0 };

bool
relay_memory(size_t messages, size_t size, long *early, long *late, long *peak)
{
	const struct row row = { .contestants = { { .name = "none" } } };
	struct end end = { .file = -1, .size = size, .count = messages };
	struct setup s;
	pid_t helper;
	bool ok;

	ok = setup_open(&s, &row, &fdpass_relay);
	if (ok) {
		end.fd = s.client;
		helper = helper_start(sender, &end);
		ok = take(s.server, messages / 10, size);
		*early = program_status(s.pid, "VmRSS");
		ok = ok && take(s.server, messages - messages / 10, size);
		*late = program_status(s.pid, "VmRSS");
		*peak = program_status(s.pid, "VmHWM");
		ok &= program_wait(helper, NULL);
	}
	setup_close(&s);
	return ok;
}

bool
relay_heap(size_t connections, long *before, long *after)
{
	const struct row row = { .contestants = { fdpass_relay }, .idle = connections };
	struct setup s;
	bool ok;

	ok = setup_open(&s, &(const struct row){ .idle = 0 }, &fdpass_relay) && program_sleeps(s.pid);
	*before = program_status(s.pid, "RssAnon");
	setup_close(&s);
	ok = ok && setup_open(&s, &row, row.contestants) && program_sleeps(s.pid);
	*after = program_status(s.pid, "RssAnon");
	setup_close(&s);
	return ok;
}
