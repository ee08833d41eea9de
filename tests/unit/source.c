/* SPDX-License-Identifier: ISC */
/*
 * Tests of parsing and opening DESCRIPTOR operands: the opened descriptors, their names, and the cleanup after errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "source/source.h"
#include "open_fds.h"
#include "tap.h"

#define NOBODY 65534

static char home[] = "/tmp/fdp.XXXXXX";
static struct source_list list;
static struct source_options options;
static struct fail fail;

/* Aborts the test program if a step of the setup failed. */
static void
must(long rc)
{
	if (rc == -1)
		abort();
}

static int
open_two(const char *first, const char *second)
{
	char *texts[2] = { (char *)(uintptr_t)first, (char *)(uintptr_t)second };

	return source_list_open(&list, texts, second != NULL ? 2 : 1, &options, &fail);
}

static bool
opens(const char *text, size_t count)
{
	size_t i;

	if (!is_int(open_two(text, NULL), 0, "%s is opened", text)) {
		diag("%s", fail.text);
		return false;
	}
	is_int(list.count, (intmax_t)count, "%s opens the expected number of descriptors", text);
	for (i = 0; i < list.count; i++)
		if (list.items[i].ours)
			is_int(fcntl(list.items[i].fd, F_GETFD), FD_CLOEXEC,
			    "%s: each opened descriptor is close-on-exec", text);
	return true;
}

static void
named(const char *text, const char *name)
{
	if (opens(text, 1))
		is_str(list.items[0].name, name, "%s has the expected name", text);
	source_list_close(&list);
}

static void
refused(const char *text, const char *why)
{
	int before = count_fds();

	is_int(open_two(text, NULL), -1, "%.40s is refused", text);
	is_str(fail.text, why, "the error message for %.40s contains the reason", text);
	is_int(count_fds(), before, "%.40s leaves no descriptor open", text);
	is_int(list.count, 0, "%.40s leaves the list empty", text);
}

static void
make_file(const char *path, const char *content)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	must(write(fd, content, strlen(content)));
	(void)close(fd);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 ? -1 : st.st_size;
}

static void
test_names(void)
{
	char text[300];

	make_file("f", "x");
	make_file("f=g", "x");
	must(mkdir("d=e", 0700));
	make_file("d=e/f", "x");
	named("f", NULL);
	named("f=a", "a");
	named("f=a b~", "a b~");
	named("0=in", "in");
	named("fd:0=in", "in");
	named("-=in", "in");
	named("f=", NULL);
	named("./f=g=", NULL);
	named("./f=g=h", "h");
	named("d=e/f", NULL);
	named("d=e/f=h", "h");
	named("r:f=a", "a");
	refused("f=a:b",
	    "f=a:b: invalid name 'a:b': expected printable ASCII characters without a colon; for a path that contains =, append "
	    "another =");
	refused("f=\x80",
	    "f=\x80: invalid name '\x80': expected printable ASCII characters without a colon; for a path that contains =, "
	    "append another =");
	refused("=a", "=a: missing DESCRIPTOR before '='");
	refused("", "empty DESCRIPTOR");
	memset(text, 'n', sizeof(text));
	memcpy(text, "f=", 2);
	text[2 + 255] = '\0';
	named(text, text + 2);
	text[2 + 255] = 'n';
	text[2 + 256] = '\0';
	is_int(open_two(text, NULL), -1, "a name of 256 bytes is refused");
	ok(strstr(fail.text, ": a name has at most 255 bytes") != NULL, "the error message contains the length limit");
}

static void
test_numbers(void)
{
	if (opens("0", 1))
		ok(!list.items[0].ours && list.items[0].fd == 0, "an inherited descriptor is not owned by the list");
	source_list_close(&list);
	ok(fcntl(0, F_GETFD) != -1, "an inherited descriptor stays open");
	refused("99", "99: descriptor 99 is not open");
	refused("fd:99", "fd:99: descriptor 99 is not open");
	refused("fd:x", "fd:x: invalid descriptor number 'x': is not a number");
	refused("99999999999", "99999999999: invalid descriptor number '99999999999': is too large");
	/* The list must check descriptor 3 before it opens w:new, because the file may get the number 3. */
	(void)unlink("new");
	is_int(open_two("w:new", "3"), -1, "a list with a number that is not open is refused");
	is_str(fail.text, "3: descriptor 3 is not open", "the error message contains the descriptor number");
	is_int(size_of("new"), -1, "a number that is not open is reported before a file is created");
}

static void
mode_is(const char *text, int flags)
{
	const int shown = O_ACCMODE | O_APPEND | O_PATH | O_DIRECTORY | O_NONBLOCK;

	if (opens(text, 1))
		is_int(fcntl(list.items[0].fd, F_GETFL) & shown, flags, "%s is opened with the expected flags", text);
	source_list_keep(&list);
	source_list_close(&list);
}

static void
test_files(void)
{
	make_file("f", "x");
	mode_is("f", O_RDONLY);
	mode_is("r:f", O_RDONLY);
	mode_is("rw:f", O_RDWR);
	mode_is("a:f", O_WRONLY | O_APPEND);
	is_int(size_of("f"), 1, "r:, rw: and a: do not truncate the file");
	mode_is("w:f", O_WRONLY);
	is_int(size_of("f"), 1, "opening w: does not truncate the file");
	if (opens("w:f", 1))
		is_int(source_list_truncate(&list, &fail), 0, "source_list_truncate() succeeds");
	source_list_close(&list);
	is_int(size_of("f"), 0, "source_list_truncate() truncates the file");
	mode_is("dir:.", O_RDONLY | O_DIRECTORY);
	mode_is(".", O_RDONLY);
	mode_is("path:f", O_PATH);
	mode_is("w:new", O_WRONLY);
	is_int(size_of("new"), 0, "a file that w: created is kept if its descriptor was handed over");
	(void)unlink("new");
	if (opens("a:new", 1))
		source_list_close(&list);
	is_int(size_of("new"), -1, "a file that a: created is removed if its descriptor was not handed over");
	must(symlink("new", "link"));
	mode_is("rw:link", O_RDWR);
	is_int(size_of("new"), 0, "rw: creates the target of a dangling symbolic link");
	(void)unlink("link");
	(void)unlink("new");
	make_file("f", "x");
	is_int(open_two("w:f", "r:nope"), -1, "a list with a missing file is refused");
	is_int(size_of("f"), 1, "an earlier w: does not truncate its file if a later DESCRIPTOR is refused");
	is_int(open_two("w:new", "r:nope"), -1, "a list with a missing file is refused");
	is_int(size_of("new"), -1, "an earlier w: leaves no new file if a later DESCRIPTOR is refused");
	must(mkfifo("fifo", 0600));
	options.no_wait = true;
	mode_is("fifo", O_RDONLY);
	options.no_wait = false;
	refused("nope", "nope: cannot open for reading: No such file or directory");
	refused("no/pe:x", "no/pe:x: cannot open for reading: No such file or directory");
	refused("tpc:x:80", "tpc:x:80: no such path, and 'tpc:' is not a DESCRIPTOR prefix; did you mean 'tcp:'?");
	refused("TCP-LISTEN:80",
	    "TCP-LISTEN:80: no such path, and 'TCP-LISTEN:' is not a DESCRIPTOR prefix; did you mean 'tcp-listen:'?");
	refused("nothing:x", "nothing:x: no such path, and 'nothing:' is not a DESCRIPTOR prefix");
	refused("127.0.0.1:80",
	    "127.0.0.1:80: no such path, and '127.0.0.1:' is not a DESCRIPTOR prefix; for a socket write "
	    "tcp-listen:127.0.0.1:80 to listen, or tcp:127.0.0.1:80 to connect");
	refused("pipe", "pipe: no such path; did you mean 'pipe:'?");
	refused("socketpair=x", "socketpair=x: no such path; did you mean 'socketpair:=x'?");
	refused("piper", "piper: cannot open for reading: No such file or directory");
	refused("w:.", "w:.: cannot open for writing: Is a directory");
	refused("dir:f", "dir:f: cannot open the directory: Not a directory");
	refused("r:", "r:: missing path");
}

/* Starts a child that has the file "f" open as descriptor *NUMBER, at offset 1. */
static pid_t
child_with(int *number)
{
	int ends[2];
	pid_t pid;
	char byte;

	must(pipe2(ends, O_CLOEXEC));
	*number = open("f", O_RDWR | O_CLOEXEC);
	must(*number);
	must(lseek(*number, 1, SEEK_SET) == 1 ? 0 : -1);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		must(read(ends[0], &byte, 1));
		_exit(0);
	}
	(void)close(ends[0]);
	/* The child exits when this program exits, because the other end of the pipe is closed at this time. */
	(void)close(*number);
	return pid;
}

static void
refused_for_nobody(const char *text)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		skip("only root can change its user ID", "%s", text);
		return;
	}
	pid = fork();
	if (pid == 0) {
		if (setgid(NOBODY) == -1 || setuid(NOBODY) == -1)
			_exit(2);
		_exit(open_two(text, NULL) == -1 && strstr(fail.text, "ptrace") != NULL ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: the error for a missing permission mentions ptrace",
	    text);
}

static void
test_processes(void)
{
	char text[64], message[192];
	pid_t pid;
	int number;

	make_file("f", "xyz");
	pid = child_with(&number);
	(void)snprintf(text, sizeof(text), "pid:%d:%d=x", (int)pid, number);
	if (opens(text, 1)) {
		is_int(lseek(list.items[0].fd, 0, SEEK_CUR), 1, "pid:PID:FD opens a duplicate that shares the offset");
		is_int(fcntl(list.items[0].fd, F_GETFL) & O_ACCMODE, O_RDWR,
		    "the duplicate that pid:PID:FD opens has the access mode of the original");
		is_int(list.items[0].pid, pid, "the list stores the process ID of pid:PID:FD");
		is_int(list.items[0].number, number,
		    "the list stores the number that the descriptor of pid:PID:FD has in the other process");
	}
	source_list_close(&list);
	refused_for_nobody(text);
	(void)snprintf(text, sizeof(text), "pid:%d:200", (int)pid);
	(void)snprintf(message, sizeof(message),
	    "%s: process %d has no descriptor 200; a socket that listens on port 200 is pid:%d:tcp-listen:200", text,
	    (int)pid, (int)pid);
	refused(text, message);
	(void)snprintf(text, sizeof(text), "pidfd:%d", (int)pid);
	if (opens(text, 1))
		is_int(syscall(SYS_pidfd_send_signal, list.items[0].fd, SIGKILL, NULL, 0), 0,
		    "pidfd: opens a pidfd that refers to the process");
	source_list_close(&list);
	must(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	(void)snprintf(text, sizeof(text), "pid:%d:%d", (int)pid, number);
	(void)snprintf(message, sizeof(message), "%s: process %d has exited", text, (int)pid);
	refused(text, message);
	(void)waitpid(pid, NULL, 0);
	(void)snprintf(message, sizeof(message), "%s: process %d does not exist", text, (int)pid);
	refused(text, message);
	refused("pid:1", "pid:1: expected pid:PID:FD or pid:PID:SELECTOR; pid:PID:all means all descriptors");
	refused("pid:x:1", "pid:x:1: invalid process ID 'x': is not a number");
	refused("pid:0:1", "pid:0:1: invalid process ID '0': is too small");
	refused("pid:1:", "pid:1:: invalid descriptor number '': is empty");
	refused("pid:1:-1",
	    "pid:1:-1: expected a descriptor number, all, listening, tcp-listen:[HOST:]PORT, udp-listen:[HOST:]PORT, unix-listen:ADDRESS, file:PATH or kind:KIND after pid:PID:");
	refused("pidfd:", "pidfd:: invalid process ID '': is empty");
	refused("pidfd:99999999999", "pidfd:99999999999: invalid process ID '99999999999': is too large");
}

static void
test_memfd(void)
{
	int saved = dup(0), file, wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	char got[16] = "", text[300];

	make_file("f", "content");
	file = open("f", O_RDONLY | O_CLOEXEC);
	must(dup2(file, 0));
	if (opens("memfd:blob=b", 1)) {
		is_int(read(list.items[0].fd, got, sizeof(got)), 7, "memfd: contains all of standard input");
		is_str(got, "content", "memfd: contains standard input unchanged");
		is_int(fcntl(list.items[0].fd, F_GET_SEALS) & wanted, wanted, "memfd: is sealed");
		is_str(list.items[0].name, "b", "memfd: has the given name");
	}
	source_list_close(&list);
	is_int(open_two("memfd:a", "memfd:b"), -1, "a second memfd: is refused");
	is_str(
	    fail.text, "memfd:b: standard input is already used by memfd:a", "the error message contains the reason");
	memset(text, 'n', sizeof(text));
	memcpy(text, "memfd:", 6);
	text[6 + 250] = '\0';
	is_int(open_two(text, NULL), -1, "a memfd: name that is too long is refused");
	ok(strstr(fail.text, ": a memory file's name has at most 249 bytes") != NULL,
	    "the error message contains the reason");
	must(dup2(open(".", O_RDONLY | O_CLOEXEC), 0));
	is_int(open_two("memfd:a", NULL), -1, "memfd: fails if standard input is a directory");
	is_str(
	    fail.text, "memfd:a: cannot read standard input: Is a directory", "the error message contains the reason");
	must(dup2(saved, 0));
	closefrom(3);
}

static void
listen_and_connect(const char *text, const char *connect, const char *host)
{
	char to[64], *port;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct source_list listener;

	if (!opens(text, 1))
		return;
	listener = list;
	ok(strncmp(listener.items[0].bound, host, strlen(host)) == 0, "%s is bound to %s", text,
	    listener.items[0].bound);
	port = strrchr(listener.items[0].bound, ':');
	ok(strcmp(port, ":0") != 0, "%s gets a port other than 0", text);
	(void)snprintf(to, sizeof(to), "%s%s=x", connect, port);
	if (opens(to, 1)) {
		is_int(getpeername(list.items[0].fd, (struct sockaddr *)&address, &length), 0, "%s is connected", to);
		is_int(fcntl(list.items[0].fd, F_GETFL) & O_NONBLOCK, 0, "%s is blocking", to);
		is_str(list.items[0].name, "x", "%s has the expected name", to);
	}
	source_list_close(&list);
	source_list_close(&listener);
}

static bool
have_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool have = fd != -1 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

	(void)close(fd);
	return have;
}

static void
test_inet(void)
{
	char text[64], message[160];
	struct source_list listener;

	listen_and_connect("tcp-listen:127.0.0.1:0", "tcp:127.0.0.1", "127.0.0.1:");
	listen_and_connect("tcp-listen:127.0.0.1:0=web", "tcp:localhost", "127.0.0.1:");
	listen_and_connect("udp-listen:127.0.0.1:0", "udp:127.0.0.1", "127.0.0.1:");
	listen_and_connect("tcp-listen::0", "tcp:127.0.0.1", have_ipv6() ? "[::]:" : "0.0.0.0:");
	listen_and_connect("tcp-listen:*:0", "tcp:", have_ipv6() ? "[::]:" : "0.0.0.0:");
	if (have_ipv6())
		listen_and_connect("tcp-listen:[::1]:0", "tcp:[::1]", "[::1]:");
	else
		skip("IPv6 is not available", "tcp-listen:[::1]:0");

	if (opens("tcp-listen:127.0.0.1:0", 1)) {
		listener = list;
		(void)snprintf(text, sizeof(text), "tcp-listen:%s", listener.items[0].bound);
		(void)snprintf(message, sizeof(message), "%s: listen on %s: %s", text, listener.items[0].bound,
		    strerror(EADDRINUSE));
		refused(text, message);
		(void)snprintf(text, sizeof(text), "tcp:%s", listener.items[0].bound);
		(void)snprintf(message, sizeof(message), "%s: connect to %s: Connection refused", text, text + 4);
		source_list_close(&listener);
		refused(text, message);
	}
	refused("tcp:x", "tcp:x: missing port: expected HOST:PORT");
	refused("tcp:80", "tcp:80: missing host: expected HOST:PORT; for the local host write tcp::80");
	refused(
	    "tcp-listen:80", "tcp-listen:80: missing host: expected HOST:PORT; for all addresses write tcp-listen::80");
	refused("tcp:x:", "tcp:x:: missing port: expected HOST:PORT");
	refused("tcp::1:80", "tcp::1:80: expected HOST:PORT, with brackets around an IPv6 address: [::1]:80");
	refused("tcp:[::1]", "tcp:[::1]: expected [HOST]:PORT");
	refused("tcp:[::1:80", "tcp:[::1:80: expected [HOST]:PORT");
	refused("tcp:x:65536", "tcp:x:65536: invalid port '65536': is too large");
	is_int(open_two("tcp:127.0.0.1:no-such-service", NULL), -1, "an unknown service name is refused");
	ok(strstr(fail.text, "tcp:127.0.0.1:no-such-service: cannot look up 127.0.0.1 port no-such-service: ") != NULL,
	    "the error message contains the reason");
	/* 192.0.2.1 is in TEST-NET-1 (RFC 5737), where no host replies. */
	options.endpoint.deadline = fdpass_deadline(10000000);
	if (open_two("tcp:192.0.2.1:9", NULL) == -1 && fail.err == 0) {
		is_str(fail.text, "tcp:192.0.2.1:9: connect to 192.0.2.1:9: timed out",
		    "a connect times out at the deadline");
		is_int(fail.reason, FAIL_TIMEOUT, "the error is reported as a timeout");
	} else {
		source_list_close(&list);
		skip("connecting to an unreachable host fails without a delay", "a connect times out at the deadline");
	}
	options.endpoint.deadline = FDPASS_NEVER;
}

static void
test_unix(void)
{
	struct source_list listener;
	struct pollfd client = { .fd = -1, .events = POLLIN };
	struct stat st;

	options.endpoint.mode = 0620;
	if (!opens("unix-listen:./s=x", 1))
		return;
	listener = list;
	ok(lstat("s", &st) == 0 && st.st_mode == (S_IFSOCK | 0620), "unix-listen: creates the path with its mode");
	is_int(fcntl(listener.items[0].fd, F_GETFL) & O_NONBLOCK, 0, "unix-listen: opens a blocking socket");
	if (opens("unix:./s", 1))
		source_list_close(&list);
	refused("unix-listen:./s", "unix-listen:./s: listen on ./s: another process is listening on it");
	source_list_close(&listener);
	is_int(size_of("s"), -1, "the path of unix-listen: is removed if the socket was not handed over");
	is_int(open_two("unix-listen:s", "r:nope"), -1, "a list with a missing file is refused");
	is_int(size_of("s"), -1, "the path of an earlier unix-listen: is removed if a later DESCRIPTOR is refused");
	if (opens("unix-listen:s", 1)) {
		listener = list;
		if (opens("unix:s", 1))
			client.fd = list.items[0].fd;
		source_list_keep(&listener);
		source_list_close(&listener);
		helper_close_end();
		ok(size_of("s") != -1, "the path of unix-listen: is kept if the socket was handed over");
		/*
		 * A separate process, which closes descriptors for fdpass, closes the listening socket. This close
		 * hangs up the client's connection.
		 */
		is_int(poll(&client, 1, 20000), 1, "a socket that was handed over is closed in this process");
		source_list_close(&list);
	}
	refused("unix:s", "unix:s: connect to s: the socket is not listening: Connection refused");
	refused("unix:@", "unix:@: @: missing abstract name");
	refused("unix:", "unix:: empty ADDRESS");
	(void)unlink("s");
}

static void
pair_named(const char *text, const char *first, const char *second)
{
	char got = '\0';

	if (!opens(text, 2))
		return;
	ok(write(list.items[1].fd, "!", 1) == 1 && read(list.items[0].fd, &got, 1) == 1 && got == '!',
	    "%s: data that was written to the second end can be read from the first end", text);
	is_str(list.items[0].name, first, "%s: the first end has the expected name", text);
	is_str(list.items[1].name, second, "%s: the second end has the expected name", text);
	source_list_close(&list);
}

static void
test_pairs(void)
{
	int type = 0;
	socklen_t length = sizeof(type);

	pair_named("pipe:", NULL, NULL);
	pair_named("pipe:=p", "p-r", "p-w");
	pair_named("socketpair:", NULL, NULL);
	pair_named("socketpair:seqpacket=s", "s-0", "s-1");
	if (opens("socketpair:dgram", 2))
		(void)getsockopt(list.items[1].fd, SOL_SOCKET, SO_TYPE, &type, &length);
	is_int(type, SOCK_DGRAM, "socketpair:dgram has the type SOCK_DGRAM");
	source_list_close(&list);
	refused("pipe:x", "pipe:x: pipe: takes no argument");
	refused("socketpair:x", "socketpair:x: expected socketpair:stream, :seqpacket or :dgram");
}

static void
test_listen(void)
{
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	refused("listen:all", "listen:all: LISTEN_FDS and LISTEN_PID are not set");
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	(void)setenv("LISTEN_FDNAMES", "a:b", 1);
	refused("listen:all", "listen:all: descriptor 3 is not open");
	must(open("/dev/null", O_RDWR));
	must(open("/dev/null", O_RDWR));
	named("listen:a", "a");
	named("listen:1", "b");
	named("listen:b=c", "c");
	if (opens("listen:all", 2)) {
		is_str(list.items[0].name, "a", "the first descriptor of listen: has the first name in LISTEN_FDNAMES");
		is_str(
		    list.items[1].name, "b", "the second descriptor of listen: has the second name in LISTEN_FDNAMES");
		is_int(list.items[1].fd, 4, "the second descriptor of listen: has the number 4");
	}
	source_list_close(&list);
	if (opens("listen:all=x", 2))
		is_str(list.items[1].name, "x", "a name applies to all descriptors of listen:all");
	source_list_close(&list);
	ok(fcntl(3, F_GETFD) != -1 && fcntl(4, F_GETFD) != -1,
	    "descriptors that listen: selects stay open after the list was closed");
	refused("listen:c", "listen:c: LISTEN_FDNAMES does not contain this name");
	refused("listen:", "listen:: missing name, position or 'all'");
	closefrom(3);
}

int
main(void)
{
	char clean[64];

	if (mkdtemp(home) == NULL || chdir(home) == -1 || chmod(home, 0755) == -1)
		return 99;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	closefrom(3);
	options = (struct source_options){
		.endpoint = { .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1, .deadline = FDPASS_NEVER }
	};
	test_names();
	test_numbers();
	test_files();
	test_processes();
	test_memfd();
	test_inet();
	test_unix();
	test_pairs();
	test_listen();
	must(chdir("/"));
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", home);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
