/* SPDX-License-Identifier: ISC */
/* Figures that are measured once instead of in rounds: system calls and memory. */
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "bench.h"

#define SIZE 64

static long
handover_calls(const struct contestant *c)
{
	int file = feed_file(), pair[2];
	long calls = -1;

	if (file == -1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	if (feed_send(pair[1], 1, 1, file))
		calls = calls_count(c, pair[0]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(file);
	return calls;
}

static void
measure_calls(void (*report)(const struct figure *))
{
	static const struct contestant fdpass = { "fdpass", { "@fdpass", "recv", "-", "/bin/true" }, 0 };
	static const struct contestant nothing = { "nothing", { "@ref_nothing", "/bin/true" }, 0 };
	long all = handover_calls(&fdpass), loader = handover_calls(&nothing);
	struct figure figure = { .name = "hand-over: own system calls before exec", .unit = "calls", .bound = 40 };

	if (all == -1 || loader == -1)
		return;
	figure.value = (double)(all - loader);
	(void)snprintf(figure.note, sizeof(figure.note), "%ld with the dynamic loader's %ld", all, loader);
	report(&figure);
}

/* Waits until PID has received all data that was sent on FD, has processed it, and sleeps. */
static bool
drained(int fd, pid_t pid)
{
	const struct timespec moment = { 0, 1000000 };
	int queued;

	do {
		(void)nanosleep(&moment, NULL);
		if (ioctl(fd, SIOCOUTQ, &queued) == -1)
			return false;
	} while (queued > 0);
	return program_sleeps(pid);
}

static bool
recv_memory(size_t messages, long *early, long *late, long *peak)
{
	static const struct contestant fdpass = { "fdpass", { "@fdpass", "recv", "--dump-cmsg=json", "-" }, 0 };
	int pair[2];
	pid_t pid;
	bool ok;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	pid = program_start(&fdpass, pair[0]);
	(void)close(pair[0]);
	ok = pid != -1 && feed_send(pair[1], messages / 10, SIZE, -1) && drained(pair[1], pid);
	*early = program_status(pid, "VmRSS");
	ok = ok && feed_send(pair[1], messages - messages / 10, SIZE, -1) && drained(pair[1], pid);
	*late = program_status(pid, "VmRSS");
	*peak = program_status(pid, "VmHWM");
	(void)close(pair[1]);
	return pid != -1 && program_wait(pid, NULL) && ok;
}

static void
measure_memory(const char *name, bool (*measure)(size_t, long *, long *, long *), size_t messages,
    void (*report)(const struct figure *))
{
	struct figure figure = { .name = name, .unit = "KiB", .bound = 4096 };
	long early, late, peak;

	if (!measure(messages, &early, &late, &peak))
		return;
	figure.value = (double)peak;
	(void)snprintf(figure.note, sizeof(figure.note), "%zu messages; %ld KiB after a tenth of them, %ld after all",
	    messages, early, late);
	report(&figure);
}

static bool
relay_plain_memory(size_t messages, long *early, long *late, long *peak)
{
	return relay_memory(messages, SIZE, early, late, peak);
}

static void
measure_heap(void (*report)(const struct figure *))
{
	struct figure figure = { .name = "relay: memory of an open connection", .unit = "bytes", .bound = 1024 };
	size_t connections = idle_possible(10000);
	long before, after;

	if (connections == 0 || !relay_heap(connections, &before, &after))
		return;
	figure.value = (double)(after - before) * 1024 / (double)connections;
	(void)snprintf(figure.note, sizeof(figure.note), "%zu connections, as many as RLIMIT_NOFILE allows up to 10000",
	    connections);
	report(&figure);
}

void
figures_measure(size_t messages, void (*report)(const struct figure *))
{
	measure_calls(report);
	measure_heap(report);
	measure_memory("recv: peak resident memory", recv_memory, messages, report);
	measure_memory("relay: peak resident memory", relay_plain_memory, messages, report);
}
