/* SPDX-License-Identifier: ISC */
/* Tests of listening on a path: its mode and owner, existing files at the path, and its removal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "open_fds.h"
#include "tap.h"

static char home[] = "/tmp/fdp.XXXXXX";
static struct fail fail;
static bool quiet;

/* Aborts the test program if a step of the setup failed. */
static void
must(long rc)
{
	if (rc == -1)
		abort();
}

static struct endpoint_options
listening(int type)
{
	struct endpoint_options options = { .role = ROLE_LISTEN,
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
	if (rc == -1 && !quiet)
		diag("%s", fail.text);
	return rc;
}

static int
open_type(struct endpoint *ep, const char *text, int type)
{
	struct endpoint_options options = listening(type);

	return open_at(ep, text, &options);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 ? 0 : st.st_mode;
}

static bool
reaches(const char *text, int type)
{
	struct endpoint_options options = listening(type);
	struct endpoint ep = ENDPOINT_NONE;
	bool there;

	options.role = ROLE_CONNECT;
	there = open_at(&ep, text, &options) == 0;
	endpoint_done(&ep);
	return there;
}

static void
leave_socket(const char *path, int type)
{
	struct sockaddr_un address;
	socklen_t length;
	int fd = socket(AF_UNIX, type, 0);

	(void)fdpass_unix_address(path, strlen(path), &address, &length);
	(void)bind(fd, (const struct sockaddr *)&address, length);
	(void)close(fd);
}

static void
test_types(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct endpoint ep = ENDPOINT_NONE;
	size_t i;

	for (i = 0; i < 3; i++) {
		ok(open_type(&ep, "s", types[i]) == 0, "type %d: endpoint_open() can listen on a path", types[i]);
		is_int(mode_of("s"), S_IFSOCK | 0600, "type %d: the path has mode 0600", types[i]);
		is_int(ep.listening, types[i] != SOCK_DGRAM, "type %d: stream and seqpacket sockets accept connections",
		    types[i]);
		ok(ep.ours && ep.type == types[i] && ep.domain == AF_UNIX,
		    "type %d: the endpoint has the type and family of the socket", types[i]);
		is_int(fcntl(ep.fd, F_GETFD), FD_CLOEXEC, "type %d: the socket is close-on-exec", types[i]);
		ok(reaches("s", 0), "type %d: a client can connect without a type", types[i]);
		endpoint_done(&ep);
		is_int(mode_of("s"), 0, "type %d: the path is removed by endpoint_done()", types[i]);
	}
}

static void
test_modes(void)
{
	static const mode_t modes[] = { 0, 0666, 0777, 0620 };
	struct endpoint_options options = listening(SOCK_STREAM);
	struct endpoint ep = ENDPOINT_NONE;
	mode_t mask = umask(077);
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		options.mode = modes[i];
		is_int(open_at(&ep, "s", &options), 0, "endpoint_open() can listen on a path with mode %o", modes[i]);
		is_int(mode_of("s"), S_IFSOCK | modes[i], "the path has mode %o", modes[i]);
		endpoint_done(&ep);
	}
	is_int(umask(mask), 077, "the umask is not changed");

	options.owner = geteuid() == 0 ? 12345 : geteuid();
	options.group = geteuid() == 0 ? 54321 : getegid();
	is_int(open_at(&ep, "s", &options), 0, "endpoint_open() can listen on a path with an owner and a group");
	ok(lstat("s", &st) == 0 && st.st_uid == options.owner && st.st_gid == options.group,
	    "the owner and the group are set");
	is_int(mode_of("s"), S_IFSOCK | 0620, "the mode is set together with the owner");
	endpoint_done(&ep);
	is_int(mode_of("s"), 0, "a path with another owner is removed by endpoint_done()");

	if (geteuid() == 0) {
		skip("root may set every owner", "an owner that this user may not set is refused");
		return;
	}
	options.owner = 0;
	is_int(open_at(&ep, "s", &options), -1, "an owner that this user may not set is refused");
	is_int(mode_of("s"), 0, "after a refused owner, no path is left");
}

static void
test_in_the_way(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct endpoint ep = ENDPOINT_NONE, other = ENDPOINT_NONE;
	struct sockaddr_un address = { AF_UNIX, "s" };
	int fds = count_fds(), waiting;
	size_t i;

	for (i = 0; i < 3; i++) {
		leave_socket("s", types[i]);
		is_int(open_type(&ep, "s", SOCK_STREAM), 0, "a stale socket of type %d is replaced", types[i]);
		endpoint_done(&ep);

		is_int(open_type(&other, "s", types[i]), 0, "a socket of type %d listens", types[i]);
		is_int(open_type(&ep, "s", SOCK_STREAM), -1, "a path on which another process listens is not replaced");
		is_str(fail.text, "listen on s: another process is listening on it",
		    "the error message contains the reason");
		ok(reaches("s", types[i]), "the listening socket remains reachable");
		if (other.listening) {
			waiting = endpoint_accept(&other, fdpass_deadline(1000000000));
			ok(waiting != -1, "a client of the listening socket is accepted");
			(void)close(waiting);
			is_int(endpoint_accept(&other, 0), -1,
			    "testing whether the socket is stale does not connect to it");
			is_int(errno, ETIMEDOUT, "the queue of the listening socket contains no other client");
		}
		endpoint_done(&other);
	}

	other.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)bind(other.fd, (const struct sockaddr *)&address, sizeof(address));
	is_int(open_type(&ep, "s", SOCK_STREAM), -1, "a socket that is bound but does not listen yet is not replaced");
	(void)close(other.fd);
	(void)unlink("s");

	(void)close(open("s", O_CREAT | O_WRONLY, 0600));
	is_int(open_type(&ep, "s", SOCK_STREAM), -1, "a regular file is not replaced");
	is_str(fail.text, "listen on s: the existing file is not a socket, and is not replaced",
	    "the error message contains the reason");
	ok(S_ISREG(mode_of("s")), "the regular file still exists");
	(void)unlink("s");
	(void)mkdir("s", 0700);
	is_int(open_type(&ep, "s", SOCK_STREAM), -1, "a directory is not replaced");
	is_str(fail.text, "listen on s: it is a directory", "the error message contains the reason");
	is_int(open_type(&ep, "s/", SOCK_STREAM), -1, "a directory with a slash at the end is not replaced");
	is_str(fail.text, "listen on s/: a socket's path cannot end with a slash",
	    "the error message contains the reason");
	(void)rmdir("s");
	leave_socket("real", SOCK_STREAM);
	must(symlink("real", "s"));
	is_int(open_type(&ep, "s", SOCK_STREAM), -1, "a symbolic link to a stale socket is not replaced");
	is_str(fail.text, "listen on s: it is a symbolic link, which is not replaced",
	    "the error message contains the reason");
	ok(S_ISLNK(mode_of("s")) && S_ISSOCK(mode_of("real")), "the symbolic link and the stale socket still exist");
	(void)unlink("s");
	(void)unlink("real");

	is_int(open_type(&ep, "no/s", SOCK_STREAM), -1, "a path in a missing directory is refused");
	is_str(fail.text, "listen on no/s: cannot open directory no: No such file or directory",
	    "the error message contains the directory");
	is_int(count_fds(), fds, "no descriptor is left open");
}

static void
test_replaced_meanwhile(void)
{
	struct endpoint ep = ENDPOINT_NONE;

	is_int(open_type(&ep, "s", SOCK_STREAM), 0, "endpoint_open() can listen on a path");
	(void)rename("s", "away");
	leave_socket("s", SOCK_STREAM);
	endpoint_done(&ep);
	ok(S_ISSOCK(mode_of("s")), "another socket at the same path is not removed by endpoint_done()");
	(void)unlink("s");
	(void)unlink("away");
	is_int(open_type(&ep, "s", SOCK_STREAM), 0, "endpoint_open() can listen on a path");
	must(chdir("/"));
	endpoint_unlink(&ep);
	must(chdir(home));
	is_int(mode_of("s"), 0, "a relative path is removed from another working directory");
	endpoint_done(&ep);
	endpoint_done(&ep);
	ok(true, "a second endpoint_done() has no effect");
}

static void
test_abstract(void)
{
	struct endpoint ep = ENDPOINT_NONE, other = ENDPOINT_NONE;
	char text[64], message[128];

	snprintf(text, sizeof(text), "@fdpass-test-%ld", (long)getpid());
	is_int(open_type(&ep, text, SOCK_SEQPACKET), 0, "endpoint_open() can listen on an abstract name");
	ok(reaches(text, 0), "the abstract name is reachable");
	is_int(open_type(&other, text, SOCK_SEQPACKET), -1, "endpoint_open() refuses an abstract name that is in use");
	snprintf(message, sizeof(message), "listen on %s: the name is already in use", text);
	is_str(fail.text, message, "the error message contains the reason");
	endpoint_done(&ep);
	snprintf(text, sizeof(text), "abns@fdpass-test-%ld", (long)getpid());
	is_int(
	    open_type(&ep, text, SOCK_STREAM), 0, "an abstract name that is padded with NUL bytes can be listened on");
	ok(reaches(text, SOCK_STREAM), "the padded abstract name is reachable");
	endpoint_done(&ep);
}

static void
test_long(size_t directory, size_t name)
{
	char path[1024] = "";
	struct endpoint ep = ENDPOINT_NONE, other = ENDPOINT_NONE;
	size_t used = 0, i;

	while (used < directory) {
		(void)memset(path + used, 'd', 99);
		path[used + 99] = '\0';
		(void)mkdir(path, 0700);
		path[used + 99] = '/';
		used += 100;
	}
	for (i = 0; i < name; i++)
		path[used + i] = 'n';
	path[used + name] = '\0';
	for (i = 0; i < 2; i++) {
		is_int(open_type(&ep, path, SOCK_STREAM), 0,
		    "path of %zu+%zu bytes: endpoint_open() can listen on the path", used, name);
		is_int(mode_of(path), S_IFSOCK | 0600, "path of %zu+%zu bytes: the path has mode 0600", used, name);
		ok(reaches(path, 0), "path of %zu+%zu bytes: the path is reachable", used, name);
		is_int(open_type(&other, path, SOCK_DGRAM), -1,
		    "path of %zu+%zu bytes: the path is not replaced while a process listens", used, name);
		/*
		 * In the first round, the path of the socket is not removed, so that a stale socket exists in the
		 * second round.
		 */
		if (i == 0) {
			(void)close(ep.dirfd);
			ep.dirfd = -1;
			endpoint_done(&ep);
			ok(S_ISSOCK(mode_of(path)),
			    "path of %zu+%zu bytes: the socket is left if the directory is not open", used, name);
		}
	}
	endpoint_done(&ep);
	is_int(mode_of(path), 0, "path of %zu+%zu bytes: the path is removed by endpoint_done()", used, name);
	while (used > 0) {
		used -= 100;
		path[used + 99] = '\0';
		is_int(rmdir(path), 0, "no file is left in a directory of the long path");
	}
}

/* Runs in a child: waits for end of file on GO, listens, reports the result, and exits at end of file on DONE. */
static void
race(int ready, int go, int done)
{
	struct endpoint ep = ENDPOINT_NONE;
	char byte = 'r';

	quiet = true;
	must(write(ready, &byte, 1));
	must(read(go, &byte, 1));
	byte = open_type(&ep, "s", SOCK_STREAM) == 0 ? '+' : '-';
	must(write(ready, &byte, 1));
	must(read(done, &byte, 1));
	_exit(0);
}

/*
 * Many processes replace one stale socket concurrently. Exactly one process must succeed, and its socket must stay
 * reachable.
 */
static void
test_race(void)
{
	enum { RACERS = 8, ROUNDS = 30 };
	int round, i, ready[2], go[2], done[2], won, lost_alive = 0, wrong = 0;
	pid_t pids[RACERS];
	char byte;

	for (round = 0; round < ROUNDS; round++) {
		leave_socket("s", SOCK_STREAM);
		if (pipe(ready) == -1 || pipe(go) == -1 || pipe(done) == -1)
			return;
		for (i = 0; i < RACERS; i++) {
			pids[i] = fork();
			if (pids[i] == 0) {
				(void)close(go[1]);
				(void)close(done[1]);
				race(ready[1], go[0], done[0]);
			}
		}
		for (i = 0; i < RACERS; i++)
			must(read(ready[0], &byte, 1));
		(void)close(go[0]);
		(void)close(go[1]);
		for (won = 0, i = 0; i < RACERS; i++) {
			must(read(ready[0], &byte, 1));
			won += byte == '+';
		}
		wrong += won != 1;
		lost_alive += !reaches("s", SOCK_STREAM);
		(void)close(done[0]);
		(void)close(done[1]);
		(void)close(ready[0]);
		(void)close(ready[1]);
		for (i = 0; i < RACERS; i++)
			(void)waitpid(pids[i], NULL, 0);
	}
	is_int(
	    wrong, 0, "exactly one of %d concurrent processes replaces a stale socket, in %d rounds", RACERS, ROUNDS);
	is_int(lost_alive, 0, "the socket that replaced the stale one remains reachable");
	(void)unlink("s");
}

static void
test_locked(void)
{
	int lock = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct endpoint ep = ENDPOINT_NONE;

	leave_socket("s", SOCK_STREAM);
	(void)flock(lock, LOCK_EX);
	is_int(open_type(&ep, "s", SOCK_STREAM), 0, "a locked directory delays endpoint_open() for only one second");
	endpoint_done(&ep);
	(void)close(lock);
}

static int
refuse(int fd, void *arg, struct fail *why)
{
	(void)fd;
	(void)arg;
	errno = EPERM;
	return fail_errno(why, "prepare");
}

static void
test_prepare(void)
{
	struct endpoint_options options = listening(SOCK_STREAM);
	struct endpoint ep = ENDPOINT_NONE;
	int fds = count_fds();

	options.prepare = refuse;
	is_int(open_at(&ep, "s", &options), -1, "listening fails if the socket cannot be prepared");
	is_str(fail.text, "prepare: Operation not permitted", "the error of the prepare function is returned");
	is_int(mode_of("s"), 0, "no path is left after an error");
	is_int(count_fds(), fds, "no descriptor is left open after an error");
}

int
main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	test_types();
	test_modes();
	test_in_the_way();
	test_replaced_meanwhile();
	test_abstract();
	test_long(0, 107);
	test_long(0, 108);
	test_long(200, 1);
	test_long(700, 80);
	test_long(100, 200);
	test_long(0, 255);
	test_race();
	test_locked();
	test_prepare();
	must(chdir("/"));
	is_int(rmdir(home), 0, "no file is left in the temporary directory");
	return tap_done();
}
