/* SPDX-License-Identifier: ISC */
/*
 * Tests of source/list.c: descriptors that a list closes or keeps open, connections that time out, and vsock addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "source/source.h"
#include "must.h"
#include "tap.h"

static char home[] = "/tmp/fdl.XXXXXX";
static struct source_list list;
static struct source_options options;
static struct fail fail;

static bool
opens(const char *text)
{
	char *texts[1] = { (char *)(uintptr_t)text };
	bool opened = is_int(source_list_open(&list, texts, 1, &options, &fail), 0, "%s is opened", text);

	if (!opened)
		diag("%s", fail.text);
	return opened;
}

static void
refused(const char *text, const char *why)
{
	char *texts[1] = { (char *)(uintptr_t)text };

	is_int(source_list_open(&list, texts, 1, &options, &fail), -1, "%s is refused", text);
	is_str(fail.text, why, "the error message for %s contains the reason", text);
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
test_files(void)
{
	int fd;

	if (opens("w:new")) {
		source_list_keep_files(&list);
		source_list_close(&list);
		ok(exists("new"), "source_list_keep_files() keeps a file that was created");
		(void)unlink("new");
	}
	if (opens("w:new")) {
		fd = list.items[0].fd;
		source_list_leave(&list);
		helper_close_end();
		ok(!exists("new"), "source_list_leave() removes a file that was created");
		is_int(fcntl(fd, F_GETFD), -1, "source_list_leave() closes a descriptor that the list has opened");
		is_int(list.items[0].fd, -1, "after source_list_leave(), the list does not contain the descriptor");
		source_list_close(&list);
	}
	if (opens("0")) {
		source_list_leave(&list);
		ok(fcntl(0, F_GETFD) != -1, "source_list_leave() does not close an inherited descriptor");
		source_list_close(&list);
	}
}

static void
test_process(void)
{
	char text[64], message[192];
	int ends[2], fd;
	pid_t pid;
	char byte;

	must(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		(void)close(1);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	/* When the child is ready, it has closed descriptor 1. */
	(void)snprintf(text, sizeof(text), "/proc/%d/fd/1", (int)pid);
	while (lstat(text, &(struct stat){ .st_size = 0 }) == 0)
		(void)sched_yield();
	(void)snprintf(text, sizeof(text), "pid:%d:1", (int)pid);
	(void)snprintf(message, sizeof(message),
	    "%s: process %d has no descriptor 1; a socket that listens on port 1 is pid:%d:tcp-listen:1", text,
	    (int)pid, (int)pid);
	refused(text, message);
	(void)snprintf(text, sizeof(text), "pid:%d:65535", (int)pid);
	(void)snprintf(message, sizeof(message),
	    "%s: process %d has no descriptor 65535; a socket that listens on port 65535 is pid:%d:tcp-listen:65535",
	    text, (int)pid, (int)pid);
	refused(text, message);
	(void)snprintf(text, sizeof(text), "pid:%d:65536", (int)pid);
	(void)snprintf(message, sizeof(message), "%s: process %d has no descriptor 65536", text, (int)pid);
	refused(text, message);
	(void)snprintf(text, sizeof(text), "pid:%d:%d", (int)pid, ends[0]);
	if (opens(text)) {
		fd = list.items[0].fd;
		ok(list.items[0].ours && list.items[0].foreign,
		    "a duplicate of another process's descriptor is owned by the list");
		source_list_close(&list);
		is_int(fcntl(fd, F_GETFD), -1, "source_list_close() closes the duplicate");
	}
	(void)close(ends[1]);
	(void)waitpid(pid, NULL, 0);
	(void)close(ends[0]);
}

static void
ignore(int signal)
{
	(void)signal;
}

/* A connection to a listening socket whose backlog is full must fail at the deadline. */
static void
test_interrupted(void)
{
	const struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = ignore };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), clients[4], i;
	char text[64], message[160];

	(void)inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 0) == 0);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	for (i = 0; i < 4; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(clients[i], (struct sockaddr *)&address, length);
	}
	(void)snprintf(text, sizeof(text), "tcp:127.0.0.1:%u", (unsigned int)ntohs(address.sin_port));
	(void)snprintf(message, sizeof(message), "%s: connect to %s: timed out", text, text + 4);
	must(sigaction(SIGALRM, &action, NULL) == 0);
	must(setitimer(ITIMER_REAL, &often, NULL) == 0);
	options.endpoint.deadline = fdpass_deadline(100000000);
	refused(text, message);
	is_int(fail.reason, FAIL_TIMEOUT, "the error is reported as a timeout");
	must(setitimer(ITIMER_REAL, &never, NULL) == 0);
	options.endpoint.deadline = FDPASS_NEVER;
	for (i = 0; i < 4; i++)
		(void)close(clients[i]);
	(void)close(listener);
}

static void
test_vsock(void)
{
	refused("vsock:1", "vsock:1: expected CID:PORT");
	refused("vsock:x:1", "vsock:x:1: invalid CID 'x': is not a number");
	refused("vsock:2:x", "vsock:2:x: invalid port 'x': is not a number");
	refused("vsock:2:", "vsock:2:: invalid port '': is empty");
	refused("vsock:4294967296:1", "vsock:4294967296:1: invalid CID '4294967296': is too large");
	refused("vsock:local:4294967296", "vsock:local:4294967296: invalid port '4294967296': is too large");
	refused("vsock-listen:-1", "vsock-listen:-1: invalid port '-1': is too small");
	refused("vsock:000000000000001:x", "vsock:000000000000001:x: invalid port 'x': is not a number");
	refused("vsock:0000000000000001:1", "vsock:0000000000000001:1: expected CID:PORT");
}

int
main(void)
{
	char clean[64];

	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	options = (struct source_options){
		.endpoint = { .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1, .deadline = FDPASS_NEVER }
	};
	test_files();
	test_process();
	test_interrupted();
	test_vsock();
	must(chdir("/") == 0);
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", home);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
