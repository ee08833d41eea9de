/* SPDX-License-Identifier: ISC */
/* Tests of connecting, waiting for a listening socket, accepting, using open sockets, and reporting readiness. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/notify.h"
#include "tap.h"

#define MILLISECOND 1000000

static char home[] = "/tmp/fdp.XXXXXX";
static struct fail fail;

/* Aborts the test program if a step of the setup failed. */
static void
must(long rc)
{
	if (rc == -1)
		abort();
}

static struct endpoint_options
options_for(enum endpoint_role role, int type)
{
	struct endpoint_options options = { .role = role,
		.type = type,
		.mode = 0600,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.deadline = FDPASS_NEVER };

	return options;
}

static int
open_at(struct endpoint *ep, const char *text, const struct endpoint_options *options)
{
	struct addr addr;
	int rc;

	if (addr_parse(&addr, text, &fail) == -1)
		return -1;
	rc = endpoint_open(ep, &addr, options, &fail);
	addr_done(&addr);
	return rc;
}

static int
open_as(struct endpoint *ep, const char *text, enum endpoint_role role, int type)
{
	struct endpoint_options options = options_for(role, type);

	return open_at(ep, text, &options);
}

static void
test_refused(void)
{
	struct endpoint ep = ENDPOINT_NONE, server = ENDPOINT_NONE;
	char longer[300];

	is_int(open_as(&ep, "s", ROLE_CONNECT, 0), -1, "connecting to a missing path fails");
	is_str(fail.text, "connect to s: No such file or directory", "the error message contains the reason");
	is_int(fail.reason, FAIL_OTHER, "the error is not a timeout");
	(void)memset(longer, 'l', 200);
	longer[200] = '\0';
	is_int(open_as(&ep, longer, ROLE_CONNECT, 0), -1, "connecting to a missing long path fails");
	ok(strstr(fail.text, ": No such file or directory") != NULL, "the error message contains the reason");
	(void)close(open("s", O_CREAT | O_WRONLY, 0600));
	is_int(open_as(&ep, "s", ROLE_CONNECT, 0), -1, "connecting to a regular file fails");
	is_str(fail.text, "connect to s: not a socket", "the error reports that a regular file is not a socket");
	(void)unlink("s");
	is_int(open_as(&server, "s", ROLE_LISTEN, SOCK_SEQPACKET), 0, "a seqpacket socket listens");
	is_int(open_as(&ep, "s", ROLE_CONNECT, SOCK_STREAM), -1, "connecting to a seqpacket socket as a stream fails");
	is_str(fail.text, "connect to s: not a stream socket", "the error message contains the reason");
	is_int(ep.fd, -1, "a failed connect leaves no descriptor open");
	is_int(open_as(&ep, "s", ROLE_CONNECT, 0), 0, "connecting without a type succeeds");
	is_int(ep.type, SOCK_SEQPACKET, "connecting without a type uses the type of the listening socket");
	endpoint_done(&ep);
	endpoint_done(&server);
}

static void
test_wait(void)
{
	struct endpoint_options options = options_for(ROLE_CONNECT, 0);
	struct endpoint ep = ENDPOINT_NONE, server = ENDPOINT_NONE;
	int64_t before = fdpass_deadline(0);
	pid_t pid;
	int fd;

	options.retry = fdpass_deadline(30 * MILLISECOND);
	is_int(open_at(&ep, "s", &options), -1, "a connect to a missing path fails at the retry limit");
	is_str(
	    fail.text, "connect to s: timed out: No such file or directory", "the error message contains the reason");
	is_int(fail.reason, FAIL_TIMEOUT, "the error is reported as a timeout");
	ok(fdpass_deadline(0) - before >= 30 * MILLISECOND, "the connect does not fail before the retry limit");
	options.retry = FDPASS_NEVER;
	options.deadline = fdpass_deadline(30 * MILLISECOND);
	is_int(open_at(&ep, "s", &options), -1, "a connect to a missing path fails at the deadline");
	is_int(fail.reason, FAIL_TIMEOUT, "the error is reported as a timeout");

	pid = fork();
	if (pid == 0) {
		(void)poll(NULL, 0, 50);
		if (open_as(&server, "s", ROLE_LISTEN, SOCK_STREAM) == -1)
			_exit(1);
		fd = endpoint_accept(&server, fdpass_deadline(10000LL * MILLISECOND));
		endpoint_done(&server);
		_exit(fd == -1);
	}
	options.retry = options.deadline = fdpass_deadline(10000LL * MILLISECOND);
	is_int(open_at(&ep, "s", &options), 0, "a connect succeeds if a socket starts to listen before the deadline");
	is_int(fcntl(ep.fd, F_GETFL) & O_NONBLOCK, 0, "the connected socket is blocking");
	endpoint_done(&ep);
	(void)waitpid(pid, NULL, 0);
}

static int
limit_sending(int fd, void *arg, struct fail *why)
{
	const struct timeval time = { 5, 0 };

	(void)arg;
	(void)why;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static void
test_backlog(void)
{
	struct endpoint_options options = options_for(ROLE_CONNECT, SOCK_STREAM);
	struct sockaddr_un address = { AF_UNIX, "s" };
	struct timeval time = { 1, 1 };
	socklen_t length = sizeof(time);
	struct endpoint ep = ENDPOINT_NONE;
	int server, first;

	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)bind(server, (const struct sockaddr *)&address, sizeof(address));
	(void)listen(server, 0);
	first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)connect(first, (const struct sockaddr *)&address, sizeof(address));
	options.deadline = fdpass_deadline(30 * MILLISECOND);
	is_int(open_at(&ep, "s", &options), -1, "a connect to a full backlog fails at the deadline");
	is_str(
	    fail.text, "connect to s: timed out because the backlog is full", "the error message contains the reason");
	is_int(fail.reason, FAIL_TIMEOUT, "the error is reported as a timeout");
	(void)close(accept(server, NULL, NULL));
	options.deadline = fdpass_deadline(10000LL * MILLISECOND);
	is_int(open_at(&ep, "s", &options), 0, "a connect succeeds when the backlog has space again");
	(void)getsockopt(ep.fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length);
	ok(time.tv_sec == 0 && time.tv_usec == 0, "after the connect, SO_SNDTIMEO, which limits the connect, is reset");
	endpoint_done(&ep);
	(void)close(accept(server, NULL, NULL));
	options.prepare = limit_sending;
	is_int(open_at(&ep, "s", &options), 0, "a connect succeeds if the caller has set SO_SNDTIMEO");
	(void)getsockopt(ep.fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length);
	is_int(time.tv_sec, 5, "an SO_SNDTIMEO that the caller has set is kept");
	endpoint_done(&ep);
	(void)close(first);
	(void)close(server);
	(void)unlink("s");
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
test_accept(int64_t made_with)
{
	struct endpoint_options options = options_for(ROLE_LISTEN, SOCK_STREAM);
	struct endpoint ep = ENDPOINT_NONE, client = ENDPOINT_NONE;
	struct sigaction action = { .sa_handler = on_alarm };
	int fd;

	options.deadline = made_with;
	is_int(open_at(&ep, "s", &options), 0, "endpoint_open() can listen on a path");
	is_int(endpoint_accept(&ep, 0), -1, "accepting without a client fails");
	is_int(errno, ETIMEDOUT, "accepting with a deadline of 0 fails with ETIMEDOUT");
	is_int(endpoint_accept(&ep, fdpass_deadline(20 * MILLISECOND)), -1, "accepting fails at the deadline");
	is_int(errno, ETIMEDOUT, "accepting fails with ETIMEDOUT at the deadline");
	is_int(open_as(&client, "s", ROLE_CONNECT, 0), 0, "a client connects");
	fd = endpoint_accept(&ep, 0);
	ok(fd != -1, "a waiting client is accepted with a deadline of 0");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "an accepted socket is close-on-exec");
	is_int(fcntl(fd, F_GETFL) & O_NONBLOCK, 0, "an accepted socket is blocking");
	(void)close(fd);
	endpoint_done(&client);
	/* A signal that is handled during the wait for a client must not end the wait. */
	(void)sigaction(SIGALRM, &action, NULL);
	(void)ualarm(10000, 0);
	is_int(endpoint_accept(&ep, fdpass_deadline(40 * MILLISECOND)), -1,
	    "accepting fails at the deadline even if a signal arrives");
	is_int(errno, ETIMEDOUT, "a signal does not end the wait for a client");
	(void)open_as(&client, "s", ROLE_CONNECT, 0);
	fd = endpoint_accept(&ep, FDPASS_NEVER);
	ok(fd != -1, "a client is accepted without a deadline");
	(void)close(fd);
	endpoint_done(&client);
	endpoint_done(&ep);
}

static int
note(int fd, void *arg, struct fail *why)
{
	(void)why;
	*(int *)arg = fd;
	return 0;
}

static void
open_socket(int fd, const char *what, bool listens, int domain, int type)
{
	struct endpoint_options options = options_for(ROLE_LISTEN, 0);
	struct endpoint ep = ENDPOINT_NONE;
	char text[32];
	int noted = -1;

	options.prepare = note;
	options.arg = &noted;
	(void)snprintf(text, sizeof(text), "fd:%d", fd);
	if (!is_int(open_at(&ep, text, &options), 0, "%s is used as an open socket", what))
		diag("%s", fail.text);
	is_int(noted, fd, "%s is passed to the prepare function", what);
	ok(ep.fd == fd && !ep.ours, "%s is not owned by the endpoint", what);
	is_int(ep.listening, listens, "%s is correctly detected as listening or not", what);
	is_int(ep.domain, domain, "%s: the address family is detected", what);
	is_int(ep.type, type, "%s: the socket type is detected", what);
	endpoint_done(&ep);
	ok(fcntl(fd, F_GETFD) != -1, "%s stays open", what);
}

static void
open_socket_fails(int fd, enum endpoint_role role, bool given, int type, const char *why)
{
	struct endpoint_options options = options_for(role, type);
	struct endpoint ep = ENDPOINT_NONE;
	char text[32];

	options.role_given = given;
	(void)snprintf(text, sizeof(text), "fd:%d", fd);
	is_int(open_at(&ep, text, &options), -1, "the open socket is refused%s", why);
	is_str(fail.text + strlen(text), why, "the error ends with the reason%s", why);
	ok(fcntl(fd, F_GETFD) != -1, "the refused socket stays open%s", why);
}

static void
test_open(void)
{
	int pair[2], dgram[2], inet, fresh;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram) == -1)
		return;
	inet = socket(AF_INET, SOCK_STREAM, 0);
	fresh = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)listen(inet, 1);
	open_socket(pair[0], "a connected socket", false, AF_UNIX, SOCK_STREAM);
	open_socket(dgram[0], "a datagram socket", false, AF_UNIX, SOCK_DGRAM);
	open_socket(inet, "a listening TCP socket", true, AF_INET, SOCK_STREAM);
	open_socket_fails(pair[0], ROLE_LISTEN, true, 0, ": cannot listen: the socket is connected");
	open_socket_fails(inet, ROLE_CONNECT, true, 0, ": cannot connect: the socket is listening");
	open_socket_fails(pair[0], ROLE_LISTEN, false, SOCK_DGRAM, ": got a stream socket, expected dgram");
	open_socket_fails(fresh, ROLE_LISTEN, false, 0, ": the socket is neither listening nor connected");
	(void)close(pair[1]);
	open_socket(pair[0], "a socket whose peer was closed", false, AF_UNIX, SOCK_STREAM);
	(void)close(pair[0]);
	(void)close(dgram[0]);
	(void)close(dgram[1]);
	(void)close(inet);
	(void)close(fresh);
}

static void
notified(const char *address, const char *variable)
{
	struct endpoint ep = ENDPOINT_NONE;
	char got[32] = "";

	is_int(
	    open_as(&ep, address, ROLE_LISTEN, SOCK_DGRAM), 0, "a simulated service manager receives on %s", address);
	(void)setenv("NOTIFY_SOCKET", variable, 1);
	is_int(notify_ready(-1, &fail), 0, "notify_ready() succeeds with NOTIFY_SOCKET");
	(void)recv(ep.fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	is_str(got, "READY=1", "the service manager receives READY=1");
	endpoint_done(&ep);
}

static void
test_ready(void)
{
	char path[512], text[64], got;
	int ends[2];

	(void)unsetenv("NOTIFY_SOCKET");
	if (pipe(ends) == -1)
		return;
	is_int(notify_ready(-1, &fail), 0, "notify_ready() without --ready-fd and NOTIFY_SOCKET succeeds");
	is_int(notify_ready(ends[1], &fail), 0, "notify_ready() with the descriptor of --ready-fd succeeds");
	ok(read(ends[0], &got, 1) == 1 && got == '\n', "notify_ready() writes a newline to the descriptor");
	(void)close(ends[0]);
	is_int(notify_ready(ends[1], &fail), -1, "notify_ready() fails if the pipe of --ready-fd has no reader");
	(void)snprintf(text, sizeof(text), "--ready-fd=%d: cannot write: Broken pipe", ends[1]);
	is_str(fail.text, text, "the error message contains the reason");
	(void)close(ends[1]);
	(void)snprintf(path, sizeof(path), "%s/notify", home);
	notified(path, path);
	(void)snprintf(path, sizeof(path), "%s/%0150d", home, 1);
	notified(path, path);
	(void)snprintf(path, sizeof(path), "@fdpass-ready-%ld", (long)getpid());
	notified(path, path);
	is_int(notify_ready(-1, &fail), -1, "notify_ready() fails if the service manager has exited");
	(void)setenv("NOTIFY_SOCKET", "x", 1);
	is_int(notify_ready(-1, &fail), -1, "notify_ready() fails if NOTIFY_SOCKET is a relative path");
	(void)setenv("NOTIFY_SOCKET", "", 1);
	is_int(notify_ready(-1, &fail), 0, "notify_ready() ignores an empty NOTIFY_SOCKET");
}

int
main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	test_refused();
	test_wait();
	test_backlog();
	test_accept(FDPASS_NEVER);
	test_accept(0);
	test_open();
	test_ready();
	must(chdir("/"));
	is_int(rmdir(home), 0, "no file is left in the temporary directory");
	return tap_done();
}
