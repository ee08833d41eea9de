/* SPDX-License-Identifier: ISC */
/*
 * Benchmarks of programs that start a process for each connection: the time until the first byte from this process
 * arrives, and the number of connections per second.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define ECHO	    "/bin/echo"
#define CONCURRENT  8
#define PATIENCE_MS 30000

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Starts the contestant, waits until it listens, and stores the path on which it listens in FRONT. */
static pid_t
server_start(const struct contestant *c, char *front, size_t size)
{
	pid_t pid;
	int fd;

	(void)snprintf(front, size, "%s/front", work_path);
	(void)unlink(front);
	pid = program_start(c, -1);
	if (pid == -1)
		return -1;
	/* The first connection is not measured, because it is slower than later connections. */
	fd = connect_to(front);
	if (fd != -1) {
		char byte;

		while (read(fd, &byte, 1) > 0)
			;
		(void)close(fd);
		return pid;
	}
	program_kill(pid);
	return -1;
}

/* Measures the time from connect(2) to the first byte, then reads up to end of file. */
static bool
first_byte(const char *front, double *wall)
{
	double start = now();
	int fd = connect_to(front);
	char bytes[64];
	bool ok;

	if (fd == -1)
		return false;
	ok = read(fd, bytes, sizeof(bytes)) > 0;
	*wall = now() - start;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	(void)close(fd);
	return ok;
}

static bool
first_byte_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	double *walls = calloc(row->count, sizeof(*walls));
	char front[128];
	pid_t pid = walls != NULL ? server_start(c, front, sizeof(front)) : -1;
	bool ok = pid != -1;
	size_t i;

	for (i = 0; ok && i < row->count; i++)
		ok = first_byte(front, &walls[i]);
	if (ok) {
		qsort(walls, row->count, sizeof(*walls), compare);
		*sample = (struct sample){ .wall = walls[row->count / 2],
			.cpu = program_cpu(pid) / (double)row->count };
	}
	if (pid != -1)
		program_kill(pid);
	free(walls);
	return ok;
}

/*
 * Makes COUNT connections from several concurrent clients. After each connection, a client reads up to end of file and
 * connects again.
 */
static bool
crowd(const char *front, size_t count)
{
	struct pollfd clients[CONCURRENT];
	size_t begun, ended = 0, i;
	char bytes[64];
	ssize_t n;

	for (begun = 0; begun < CONCURRENT; begun++)
		clients[begun] = (struct pollfd){ .fd = connect_to(front), .events = POLLIN };
	while (ended < count) {
		if (poll(clients, CONCURRENT, PATIENCE_MS) <= 0)
			return false;
		for (i = 0; i < CONCURRENT; i++) {
			if (clients[i].fd == -1 || clients[i].revents == 0)
				continue;
			n = read(clients[i].fd, bytes, sizeof(bytes));
			if (n > 0)
				continue;
			(void)close(clients[i].fd);
			ended++;
			clients[i].fd = begun < count ? connect_to(front) : -1;
			begun++;
		}
	}
	return true;
}

static bool
crowd_run(const struct row *row, const struct contestant *c, struct sample *sample)
{
	size_t count = row->count / (c->share > 0 ? c->share : 1);
	char front[128];
	pid_t pid = server_start(c, front, sizeof(front));
	double start = now();
	bool ok = pid != -1 && crowd(front, count);

	if (pid == -1)
		return false;
	*sample = (struct sample){ .wall = (now() - start) / (double)count, .cpu = program_cpu(pid) / (double)count };
	program_kill(pid);
	return ok;
}

#define SYSTEMD "exec systemd-socket-activate --accept --inetd -l \"$0\" " ECHO " hello 2>/dev/null"

const struct row accept_rows[] = {
	{ .name = "accept: first byte",
	    .unit = "connection",
	    .run = first_byte_run,
	    .count = 50,
	    .contestants = { { "fdpass",
				 { "@fdpass", "run", "--accept", "--inetd", "unix-listen:%front", "--", ECHO, "hello" },
				 0 },
		{ "bare program", { "@ref_accept", "%front", ECHO, "hello" }, 0 },
		{ "systemd-socket-activate", { "sh", "-c", SYSTEMD, "%front" }, 0 },
		{ "socat", { "socat", "UNIX-LISTEN:%front,fork", "EXEC:" ECHO " hello" }, 0 } },
	    .goals = { { 1, TIME_AT_MOST, 1.15 } } },
	{ .name = "accept: 8 clients",
	    .unit = "connection",
	    .run = crowd_run,
	    .count = 400,
	    .contestants = { { "fdpass",
				 { "@fdpass", "run", "--accept", "--inetd", "unix-listen:%front", "--", ECHO, "hello" },
				 0 },
		{ "bare program", { "@ref_accept", "%front", ECHO, "hello" }, 0 },
		{ "systemd-socket-activate", { "sh", "-c", SYSTEMD, "%front" }, 0 },
		{ "socat", { "socat", "UNIX-LISTEN:%front,fork", "EXEC:" ECHO " hello" }, 2 } },
	    .goals = { { 2, RATE_AT_LEAST, 1.0 }, { 3, RATE_AT_LEAST, 1.0 } } },
	{ .name = NULL },
};
