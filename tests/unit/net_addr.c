/* SPDX-License-Identifier: ISC */
/* Tests of parsing ADDRESS and the variables LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "net/addr.h"
#include "net/listenfds.h"
#include "tap.h"

/*
 * A socket pair. The test moves the sockets to descriptors 3 and 4, as for sd_listen_fds(3). Descriptor 5 is not a
 * socket.
 */
static int pair[2];

static void
path_is(const char *text, const char *name)
{
	struct addr addr;
	struct fail fail;

	if (!is_int(addr_parse(&addr, text, &fail), 0, "'%s' is an address", text)) {
		diag("%s", fail.text);
		return;
	}
	is_int(addr.kind, ADDR_PATH, "'%s' is a path", text);
	is_str(addr.name, name, "'%s' is the path %s", text, name);
	is_int(addr.length, (intmax_t)strlen(name), "the address of '%s' has the length of the path", text);
	addr_done(&addr);
}

static void
abstract_is(const char *text, const char *name, size_t length)
{
	struct addr addr;
	struct fail fail;

	if (!is_int(addr_parse(&addr, text, &fail), 0, "'%s' is an address", text)) {
		diag("%s", fail.text);
		return;
	}
	is_int(addr.kind, ADDR_ABSTRACT, "'%s' is an abstract name", text);
	is_int(addr.length, (intmax_t)length, "the address of '%s' has the length of the abstract name", text);
	is_mem(addr.name, name, length, "the address of '%s' contains the bytes of the abstract name", text);
	addr_done(&addr);
}

static void
fd_is(const char *text, int fd)
{
	struct addr addr;
	struct fail fail;

	if (!is_int(addr_parse(&addr, text, &fail), 0, "'%s' is an address", text)) {
		diag("%s", fail.text);
		return;
	}
	is_int(addr.kind, ADDR_FD, "'%s' is an inherited socket", text);
	is_int(addr.fd, fd, "'%s' is descriptor %d", text, fd);
	addr_done(&addr);
}

static void
refused(const char *text, const char *message)
{
	struct addr addr;
	struct fail fail;

	if (ok(addr_parse(&addr, text, &fail) == -1, "'%.40s' is refused", text))
		is_str(fail.text, message, "the error for '%.40s' contains the reason", text);
	else
		addr_done(&addr);
}

static void
test_names(void)
{
	char name[120], text[130], message[300];

	path_is("/run/x", "/run/x");
	path_is("./x", "./x");
	path_is("x", "x");
	path_is("unix:x", "x");
	path_is("unix:/x:y", "/x:y");
	path_is("unix:env:x", "env:x");
	path_is("unix:tcp:x", "tcp:x");
	path_is("./tcp:x", "./tcp:x");
	path_is("x.y:z", "x.y:z");
	path_is("./-", "./-");
	path_is("abns", "abns");
	abstract_is("@x", "\0x", 2);
	abstract_is("unix:@x y", "\0x y", 4);
	abstract_is("@@", "\0@", 2);
	memset(name, 0, sizeof(name));
	memcpy(name, "\0web", 4);
	abstract_is("abns@web", name, 108);

	memset(text, 'a', sizeof(text));
	text[0] = '@';
	text[108] = '\0';
	memset(name, 'a', sizeof(name));
	name[0] = '\0';
	abstract_is(text, name, 108);
	text[108] = 'a';
	text[109] = '\0';
	snprintf(
	    message, sizeof(message), "%s: an abstract name must have at most 107 bytes, but this one has 108", text);
	refused(text, message);
	refused("", "empty ADDRESS");
	refused("@", "@: missing abstract name");
	refused("abns@", "abns@: missing abstract name");
	refused("unix:", "unix:: missing path or @name");
	refused("unix:@", "unix:@: missing abstract name");
	refused("tcp:x", "tcp:x: 'tcp:' is not an ADDRESS prefix; for a file of that name write ./tcp:x");
	refused("UNIX-LISTEN:x",
	    "UNIX-LISTEN:x: 'UNIX-LISTEN:' is not an ADDRESS prefix; for a file of that name "
	    "write ./UNIX-LISTEN:x");
}

static void
test_clear(void)
{
	static const char *const clear[] = { "/x", "./x", "a/b:c", "@x", "-", "fd:3", "listen:web", "env:X", "unix:x",
		"abns@x" };
	static const char *const unclear[] = { "x", "x.sock", "pid:3:4", "pid:3:/x", "tcp:x", "", "--", "abns" };
	size_t i;

	for (i = 0; i < sizeof(clear) / sizeof(clear[0]); i++)
		ok(addr_is_clear(clear[i]), "addr_is_clear() returns true for '%s'", clear[i]);
	for (i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++)
		ok(!addr_is_clear(unclear[i]), "addr_is_clear() returns false for '%s'", unclear[i]);
}

static void
test_fds(void)
{
	fd_is("fd:3", 3);
	fd_is("fd:04", 4);
	refused("fd:", "fd:: missing descriptor number");
	refused("fd:x", "fd:x: 'x' is not a number");
	refused("fd: 3", "fd: 3: ' 3' is not a number");
	refused("fd:-1", "fd:-1: '-1' is too small");
	refused("fd:99999999999", "fd:99999999999: '99999999999' is too large");
	refused("fd:5", "fd:5: descriptor 5 is not a socket");
	refused("fd:999", "fd:999: descriptor 999 is not open, or is open with O_PATH");
	refused("-", "-: descriptor 0 is not a socket");
}

static void
test_env(void)
{
	(void)setenv("A", "@x", 1);
	abstract_is("env:A", "\0x", 2);
	(void)setenv("A", "fd:x", 1);
	refused("env:A", "env:A (fd:x): 'x' is not a number");
	(void)setenv("A", "", 1);
	refused("env:A", "env:A: A is empty in the environment");
	(void)setenv("A", "env:B", 1);
	(void)setenv("B", "./s", 1);
	path_is("env:A", "./s");
	(void)unsetenv("A");
	refused("env:A", "env:A: A is not set in the environment");
	refused("env:", "env:: invalid variable name");
	refused("env:A=B", "env:A=B: invalid variable name");
	(void)setenv("A", "env:A", 1);
	refused("env:A",
	    "env:A (env:A) (env:A) (env:A) (env:A) (env:A) (env:A) (env:A) (env:A): "
	    "too many levels of env:");
}

static void
test_listen(void)
{
	char pid[32], message[200];
	struct fail fail;
	const char *name;
	size_t length;

	refused("listen:0", "listen:0: LISTEN_FDS and LISTEN_PID are not set");
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	is_int(listenfds_count(&fail), 0, "without LISTEN_FDS, listenfds_count() returns 0");
	(void)setenv("LISTEN_FDS", "3", 1);
	is_int(listenfds_count(&fail), 3, "if LISTEN_FDS is 3, listenfds_count() returns 3");
	ok(listenfds_name(3, &length) == NULL, "descriptors have no names without LISTEN_FDNAMES");
	fd_is("listen:1", 4);
	(void)setenv("LISTEN_FDNAMES", "web::80", 1);
	fd_is("listen:web", 3);
	fd_is("listen:0", 3);
	refused("listen:80", "listen:80: descriptor 5 is not a socket");
	refused("listen:3", "listen:3: LISTEN_FDS has only 3 descriptors, counted from 0");
	refused("listen:we", "listen:we: LISTEN_FDNAMES does not contain this name");
	refused("listen:", "listen:: missing name or position");
	name = listenfds_name(3, &length);
	ok(name != NULL && length == 3 && memcmp(name, "web", 3) == 0, "the first descriptor has the first name");
	ok(listenfds_name(4, &length) != NULL && length == 0, "the second descriptor has an empty name");
	name = listenfds_name(5, &length);
	ok(name != NULL && length == 2 && memcmp(name, "80", 2) == 0, "the last descriptor has the last name");
	ok(listenfds_name(6, &length) == NULL && listenfds_name(2, &length) == NULL,
	    "descriptor numbers that LISTEN_FDS does not include have no names");
	(void)setenv("LISTEN_FDS", "3x", 1);
	is_int(listenfds_count(&fail), -1, "LISTEN_FDS=3x is refused");
	is_str(fail.text, "invalid LISTEN_FDS '3x': is not a number", "the error message contains the reason");
	(void)setenv("LISTEN_FDS", "2147483647", 1);
	is_int(listenfds_count(&fail), -1, "LISTEN_FDS=2147483647 is refused");
	(void)setenv("LISTEN_FDS", "2000000000", 1);
	refused("listen:no", "listen:no: LISTEN_FDNAMES does not contain this name");
	(void)setenv("LISTEN_FDS", "3", 1);
	(void)setenv("LISTEN_PID", "1", 1);
	is_int(listenfds_count(&fail), 0, "LISTEN_FDS is ignored if LISTEN_PID is another process");
	snprintf(message, sizeof(message),
	    "listen:0: LISTEN_FDS is for process 1, not for this one (%s) or its parent (%ld)", pid, (long)getppid());
	refused("listen:0", message);
	(void)setenv("LISTEN_PID", "", 1);
	is_int(listenfds_count(&fail), -1, "an empty LISTEN_PID is refused");
}

int
main(void)
{
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	closefrom(3);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || open("/dev/null", O_RDWR) != 5 || pair[0] != 3 ||
	    dup2(5, 0) == -1)
		return 99;
	test_names();
	test_clear();
	test_fds();
	test_env();
	test_listen();
	return tap_done();
}
