/* SPDX-License-Identifier: ISC */
/* Benchmarks of a file descriptor store: storing, listing and taking descriptors. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define STORED	   200 /* descriptors in the store when it is listed */
#define PATIENCE_S 30.0

/* Sends TEXT. If FILE is not -1, the message contains the descriptor FILE. */
static bool
request(int fd, const char *text, int file)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = {
			  .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (file != -1) {
		memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
		hdr.msg_control = &control;
		hdr.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &hdr, MSG_NOSIGNAL) == (ssize_t)iov.iov_len;
}

/*
 * Sends a request over a new connection, and reads the reply up to end of file. Returns the number of bytes in the
 * reply.
 */
static size_t
exchange(const char *front, const char *text, int file)
{
	char bytes[65536];
	int fd = connect_to(front);
	size_t total = 0;
	ssize_t n = -1;

	if (fd != -1 && request(fd, text, file))
		while ((n = read(fd, bytes, sizeof(bytes))) > 0)
			total += (size_t)n;
	(void)close(fd);
	return n == 0 ? total : 0;
}

/* Makes the request FDTAKE=1, and receives the descriptor in the reply. */
static bool
take(const char *front, const char *text)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char bytes[4096];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int fd = connect_to(front), got = -1;

	if (fd != -1 && request(fd, text, -1) && recvmsg(fd, &hdr, MSG_CMSG_CLOEXEC) > 0 && hdr.msg_controllen > 0)
		memcpy(&got, CMSG_DATA(&control.align), sizeof(got));
	(void)close(fd);
	return got != -1 && close(got) == 0;
}

/* Stores a new socket, because the store would not store a duplicate of a stored descriptor. */
static bool
store(const char *front, size_t number)
{
	int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];
	bool ok;

	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=x%zu", number);
	ok = file != -1 && exchange(front, text, file) > 0;
	(void)close(file);
	return ok;
}

static bool
store_run(const char *front, size_t count)
{
	size_t i;
	bool ok = true;

	for (i = 0; ok && i < count; i++)
		ok = store(front, i);
	return ok;
}

static bool
take_run(const char *front, size_t count)
{
	char text[64];
	size_t i;
	bool ok = true;

	for (i = 0; ok && i < count; i++) {
		(void)snprintf(text, sizeof(text), "FDTAKE=1\nFDNAME=x%zu", i);
		ok = store(front, i) && take(front, text);
	}
	return ok;
}

static bool
list_run(const char *front, size_t count)
{
	size_t i;
	bool ok = true;

	for (i = 0; ok && i < count; i++)
		ok = exchange(front, "FDLIST=1", -1) > STORED;
	return ok;
}

static int
connect_dgram(const char *front)
{
	const struct timespec moment = { 0, 200000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	double until = now() + PATIENCE_S;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", front);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		if (now() > until) {
			(void)close(fd);
			return -1;
		}
		(void)nanosleep(&moment, NULL);
	}
	return fd;
}

/*
 * Sends BARRIER=1 with a descriptor, and waits until the store closes this descriptor. The store closes it after all
 * earlier messages were processed.
 */
static bool
barrier(int fd)
{
	int ends[2];
	char byte;
	bool ok;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	ok = request(fd, "BARRIER=1", ends[1]);
	(void)close(ends[1]);
	ok = ok && read(ends[0], &byte, 1) == 0;
	(void)close(ends[0]);
	return ok;
}

static bool
dgram_run(const char *front, size_t count)
{
	int fd = connect_dgram(front), file;
	char text[64];
	bool ok = fd != -1;
	size_t i;

	for (i = 0; ok && i < count; i++) {
		file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=x%zu", i);
		ok = file != -1 && request(fd, text, file);
		(void)close(file);
	}
	ok = ok && barrier(fd);
	(void)close(fd);
	return ok;
}

/* Starts the contestant, runs PREPARE, and measures the time of WORK. */
static bool
measure(const struct row *row, const struct contestant *c, struct sample *sample,
    bool (*prepare)(const char *front, size_t count), size_t prepare_count,
    bool (*work)(const char *front, size_t count))
{
	char front[128];
	double start, cpu;
	pid_t pid;
	bool ok;

	(void)snprintf(front, sizeof(front), "%s/front", work_path);
	(void)unlink(front);
	pid = program_start(c, -1);
	if (pid == -1)
		return false;
	ok = prepare(front, prepare_count);
	start = now();
	cpu = program_cpu(pid);
	ok = ok && work(front, row->count);
	*sample = (struct sample){ .wall = (now() - start) / (double)row->count,
		.cpu = (program_cpu(pid) - cpu) / (double)row->count };
	program_kill(pid);
	return ok;
}

static bool
measure_store(const struct row *row, const struct contestant *c, struct sample *sample)
{
	return measure(row, c, sample, store_run, 1, store_run);
}

static bool
measure_dgram(const struct row *row, const struct contestant *c, struct sample *sample)
{
	return measure(row, c, sample, dgram_run, 1, dgram_run);
}

static bool
measure_list(const struct row *row, const struct contestant *c, struct sample *sample)
{
	return measure(row, c, sample, store_run, STORED, list_run);
}

static bool
measure_take(const struct row *row, const struct contestant *c, struct sample *sample)
{
	return measure(row, c, sample, store_run, 1, take_run);
}

#define STREAM \
	.contestants = { { "fdpass", { "@fdpass", "hold", "--max-fds=10000", "--type=stream", "%front" }, 0 }, \
		{ "bare program", { "@ref_hold", "%front", "stream" }, 0 } }

const struct row hold_rows[] = {
	{ .name = "hold: store, answered",
	    .unit = "descriptor",
	    .run = measure_store,
	    .count = 500,
	    STREAM,
	    .goals = { { 1, RATE_AT_LEAST, 0.4 } } },
	{ .name = "hold: store, datagrams",
	    .unit = "descriptor",
	    .run = measure_dgram,
	    .count = 500,
	    .contestants = { { "fdpass", { "@fdpass", "hold", "--max-fds=10000", "%front" }, 0 },
		{ "bare program", { "@ref_hold", "%front", "dgram" }, 0 } },
	    .goals = { { 1, RATE_AT_LEAST, 0.25 } } },
	{ .name = "hold: store and take",
	    .unit = "descriptor",
	    .run = measure_take,
	    .count = 500,
	    STREAM,
	    .goals = { { 1, RATE_AT_LEAST, 0.4 } } },
	{ .name = "hold: list 200 descriptors", .unit = "list", .run = measure_list, .count = 20, STREAM },
	{ .name = NULL },
};
