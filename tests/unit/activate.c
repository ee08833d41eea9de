/* SPDX-License-Identifier: ISC */
/* Tests of activate/: the delay before restarts, the gate at which children wait, and REMOTE_ADDR and REMOTE_PORT. */
#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "activate/gate.h"
#include "activate/remote.h"
#include "activate/restart_delay.h"

#include "tap.h"

#define MS    INT64_C(1000000)
#define BEGIN (1000000 * MS)

/*
 * Simulates a COMMAND that starts at *NOW and exits after RUNS nanoseconds. Returns the delay before the next start.
 * Adds RUNS and the delay to *NOW.
 */
static int64_t
cycle(struct restart_delay *restart_delay, int64_t *now, int64_t runs, bool drained)
{
	int64_t delay;

	restart_delay_started(restart_delay, *now);
	*now += runs;
	delay = restart_delay_exited(restart_delay, *now, drained);
	*now += delay;
	return delay;
}

static void
test_limit(void)
{
	static const int64_t delays[] = { 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000 };
	struct restart_delay restart_delay = { .delay = 0 };
	int64_t now = BEGIN;
	size_t i;
	int wrong = 0;

	for (i = 0; i < RESTART_STARTS - 1; i++)
		wrong += cycle(&restart_delay, &now, 10 * MS, false) != 0;
	is_int(wrong, 0, "the first four starts are not delayed");
	for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		wrong += cycle(&restart_delay, &now, 10 * MS, false) != delays[i] * MS;
	is_int(wrong, 0, "from the fifth start on, each delay is twice the previous delay, up to 10 s");
	is_int(cycle(&restart_delay, &now, 10 * MS, true) == 0, 1, "the delay is reset when COMMAND has read all data");
	for (i = 0; i < RESTART_STARTS - 1; i++)
		wrong += cycle(&restart_delay, &now, 10 * MS, false) != 0;
	is_int(wrong, 0, "after the reset, the next four starts are not delayed");
	is_int(cycle(&restart_delay, &now, 10 * MS, false) == 100 * MS, 1,
	    "the fifth start after the reset is delayed by 100 ms");
	is_int(cycle(&restart_delay, &now, 2000 * MS, false) == 0, 1,
	    "the delay is reset when COMMAND has run for two seconds");
}

static void
test_no_limit(void)
{
	struct restart_delay restart_delay = { .delay = 0 };
	int64_t now = BEGIN;
	int i, delayed = 0;

	for (i = 0; i < 1000; i++)
		delayed += cycle(&restart_delay, &now, MS, true) != 0;
	is_int(delayed, 0, "a COMMAND that reads all data is never delayed");
	for (i = 0; i < 1000; i++)
		delayed += cycle(&restart_delay, &now, 600 * MS, false) != 0;
	is_int(delayed, 0, "four starts within two seconds are not delayed");
	restart_delay = (struct restart_delay){ .delay = 0 };
	for (i = 0; i < 4; i++)
		delayed += cycle(&restart_delay, &now, MS, false) != 0;
	delayed += cycle(&restart_delay, &now, 2000 * MS, false) != 0;
	for (i = 0; i < 4; i++)
		delayed += cycle(&restart_delay, &now, MS, false) != 0;
	is_int(delayed, 0, "the count of starts is reset when COMMAND has run for two seconds");
}

/* Starts a child that waits at the gate, and then writes a byte to a pipe. Returns the read end of the pipe. */
static int
child_begin(struct gate *gate, uint32_t number, pid_t parent, pid_t *pid)
{
	int ends[2];

	if (pipe(ends) == -1)
		return -1;
	fflush(stdout);
	*pid = fork();
	if (*pid == 0) {
		gate_pass(gate, number, parent);
		_exit(write(ends[1], "x", 1) != 1);
	}
	close(ends[1]);
	return ends[0];
}

static bool
has_passed(int fd, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, milliseconds) == 1;
}

static void
test_gate(void)
{
	struct gate *gate = gate_new();
	uint32_t number;
	pid_t pid, second;
	int fd, other;

	ok(gate != NULL, "a gate can be created");
	number = gate_next(gate);
	fd = child_begin(gate, number, getpid(), &pid);
	ok(!has_passed(fd, 50), "a child waits while the gate is closed");
	gate_open(gate, number);
	ok(has_passed(fd, 10000), "a waiting child passes when the gate is opened");
	number = gate_next(gate);
	gate_open(gate, number);
	other = child_begin(gate, number, getpid(), &second);
	ok(has_passed(other, 10000), "a child does not wait at a gate that is already open");
	close(other);
	other = child_begin(gate, gate_next(gate), getpid() + 1, &second);
	ok(has_passed(other, 10000), "a child does not wait if its parent has exited");
	close(other);
	close(fd);
	while (wait(NULL) > 0)
		;
	gate_open(gate, UINT32_MAX);
	number = gate_next(gate);
	fd = child_begin(gate, number, getpid(), &pid);
	ok(!has_passed(fd, 50), "after the gate number has wrapped around, a child waits");
	gate_open(gate, number);
	ok(has_passed(fd, 10000),
	    "after the gate number has wrapped around, a waiting child passes when the gate is opened");
	close(fd);
	while (wait(NULL) > 0)
		;
	gate_free(gate);
}

static void
is_remote(const void *address, size_t length, const char *addr, const char *port, const char *name)
{
	struct remote remote;

	memset(&remote, 'x', sizeof(remote));
	remote_format(address, (socklen_t)length, &remote);
	is_str(remote.addr, addr, "REMOTE_ADDR has the expected value: %s", name);
	is_str(remote.port, port, "REMOTE_PORT has the expected value: %s", name);
}

static void
is_inet6(const char *text, const char *interface, const char *addr)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(65535) };

	inet_pton(AF_INET6, text, &in6.sin6_addr);
	if (interface != NULL)
		in6.sin6_scope_id = if_nametoindex(interface);
	is_remote(&in6, sizeof(in6), addr, "65535", addr);
}

static void
is_unix(const char *name, size_t length, const char *addr)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memcpy(un.sun_path, name, length < sizeof(un.sun_path) ? length : sizeof(un.sun_path));
	is_remote(&un, offsetof(struct sockaddr_un, sun_path) + length, addr, "", addr);
}

static void
test_remote(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = 3, .svm_port = 1024 };
	struct sockaddr other = { .sa_family = AF_UNSPEC };
	char longest[109] = "";

	inet_pton(AF_INET, "192.0.2.7", &in.sin_addr);
	is_remote(&in, sizeof(in), "192.0.2.7", "80", "IPv4");
	is_remote(&in, sizeof(in) - 1, "", "", "a truncated address");
	is_inet6("2001:db8::1", NULL, "2001:db8::1");
	is_inet6("::ffff:192.0.2.7", NULL, "192.0.2.7");
	if (if_nametoindex("lo") != 0)
		is_inet6("fe80::1", "lo", "fe80::1%lo");
	is_unix("/run/x", 7, "/run/x");
	is_unix("/run/x", 6, "/run/x");
	is_unix("", 0, "");
	is_unix("\0name", 5, "@name");
	is_unix("\0a\0b\n", 5, "@a@b\n");
	memset(longest, 'p', sizeof(longest) - 1);
	is_unix(longest, 108, longest); /* the longest possible address, without a NUL */
	is_remote(&vm, sizeof(vm), "vsock:3", "1024", "vsock");
	is_remote(&other, sizeof(other), "", "", "an unknown address family");
	is_remote(&other, 0, "", "", "an empty address");
}

int
main(void)
{
	test_limit();
	test_no_limit();
	test_gate();
	test_remote();
	return tap_done();
}
