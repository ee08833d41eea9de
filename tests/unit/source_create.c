/* SPDX-License-Identifier: ISC */
/*
 * Tests of the objects that DESCRIPTOR operands create: the objects' properties and names, and the complete error
 * messages for refused operands.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/compat.h"
#include "base/fail.h"
#include "lib/fdpass.h"
#include "source/source.h"
#include "fail_call.h"
#include "must.h"
#include "open_fds.h"
#include "tap.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define BLOB  200000 /* number of bytes; more than fdpass reads or writes in one call */

static char home[] = "/tmp/fdn.XXXXXX";
static struct source_list list;
static struct source_options options;
static struct fail fail;

static int
open_one(const char *text)
{
	char *texts[1] = { (char *)(uintptr_t)text };

	return source_list_open(&list, texts, 1, &options, &fail);
}

static bool
opens(const char *text, size_t count)
{
	if (!is_int(open_one(text), 0, "%.60s is opened", text)) {
		diag("%s", fail.text);
		return false;
	}
	return is_int((intmax_t)list.count, (intmax_t)count, "%.60s opens the expected number of descriptors", text);
}

/* Checks that TEXT is refused with the error "TEXT: WHY". */
static void
refused(const char *text, const char *why)
{
	char wanted[1024];
	int before = count_fds();

	(void)snprintf(wanted, sizeof(wanted), "%s: %s", text, why);
	is_int(open_one(text), -1, "%.60s is refused", text);
	is_str(fail.text, wanted, "the error message for %.60s is complete", text);
	is_int(count_fds(), before, "%.60s leaves no descriptor open", text);
	ok(list.count == 0 && list.items == NULL, "%.60s leaves the list empty", text);
}

static void
make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	must(fd != -1 && write(fd, "x", 1) == 1);
	(void)close(fd);
}

static int
option_of(int fd, int level, int name)
{
	socklen_t length = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

static void
test_pairs(void)
{
	static const struct {
		const char *text;
		int unspecified, type;
	} table[] = {
		{ "socketpair:", 0, SOCK_STREAM },
		{ "socketpair:", SOCK_DGRAM, SOCK_DGRAM },
		{ "socketpair:", SOCK_SEQPACKET, SOCK_SEQPACKET },
		{ "socketpair:stream", SOCK_DGRAM, SOCK_STREAM },
		{ "socketpair:seqpacket", 0, SOCK_SEQPACKET },
		{ "socketpair:dgram", 0, SOCK_DGRAM },
	};
	char text[300];
	size_t i, end;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		options.endpoint.type = table[i].unspecified;
		for (end = 0; opens(table[i].text, 2) && end < 2; end++, source_list_close(&list)) {
			is_int(option_of(list.items[end].fd, SOL_SOCKET, SO_TYPE), table[i].type,
			    "end %zu of %s has the expected type", end, table[i].text);
			ok(list.items[end].ours && list.items[end].number == list.items[end].fd,
			    "end %zu of %s is owned by the list", end, table[i].text);
		}
		source_list_close(&list);
	}
	options.endpoint.type = 0;
	if (opens("pipe:=p", 2)) {
		is_int(
		    fcntl(list.items[0].fd, F_GETFL) & O_ACCMODE, O_RDONLY, "the first end of a pipe is for reading");
		is_int(
		    fcntl(list.items[1].fd, F_GETFL) & O_ACCMODE, O_WRONLY, "the second end of a pipe is for writing");
		is_str(list.items[0].name, "p-r", "-r is appended to the name of the read end");
		is_str(list.items[1].name, "p-w", "-w is appended to the name of the write end");
	}
	source_list_close(&list);
	refused("pipe:x", "pipe: takes no argument");
	refused("socketpair:raw", "expected socketpair:stream, :seqpacket or :dgram");
	memset(text, 'n', sizeof(text));
	memcpy(text, "pipe:=", 6);
	text[6 + 253] = '\0';
	opens(text, 2);
	source_list_close(&list);
	text[6 + 253] = 'n';
	text[6 + 254] = '\0';
	refused(text, "a name has at most 255 bytes");
}

/*
 * Tests memfd: with a non-blocking standard input, such as "ssh" leaves behind. Another process writes the input in
 * several parts.
 */
static void
test_memfd(void)
{
	static char content[BLOB], got[BLOB + 1];
	int saved = dup(0), ends[2], i;
	char text[300];
	pid_t pid;

	for (i = 0; i < BLOB; i++)
		content[i] = (char)(i * 7 + i / 256);
	must(pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[0], 0) == 0 && fcntl(0, F_SETFL, O_NONBLOCK) == 0);
	(void)close(ends[0]);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < BLOB; i += 50000)
			must(write(ends[1], content + i, 50000) == 50000);
		_exit(0);
	}
	(void)close(ends[1]);
	if (opens("memfd:blob=b", 1)) {
		is_int(read(list.items[0].fd, got, sizeof(got)), BLOB, "memfd: contains all of standard input");
		is_mem(got, content, BLOB, "memfd: contains standard input unchanged");
		is_int(fcntl(list.items[0].fd, F_GET_SEALS) & SEALS, SEALS, "memfd: is sealed");
		ok(list.items[0].ours && list.items[0].number == list.items[0].fd,
		    "the descriptor of memfd: is owned by the list");
	}
	source_list_close(&list);
	(void)waitpid(pid, NULL, 0);
	memset(text, 'n', sizeof(text));
	memcpy(text, "memfd:", 6);
	text[6 + 249] = '\0';
	opens(text, 1);
	source_list_close(&list);
	text[6 + 249] = 'n';
	text[6 + 250] = '\0';
	refused(text, "a memory file's name has at most 249 bytes");
	(void)close(0);
	must(open("/dev/null", O_WRONLY) == 0);
	refused("memfd:a", "cannot read standard input: Bad file descriptor");
	must(dup2(saved, 0) == 0);
	(void)close(saved);
}

/*
 * Makes memfd_create(2) fail with EINVAL for flags that older kernels lack. If PLAIN is set, makes the remaining calls
 * fail with ENOMEM.
 */
static bool
filter_memfd(bool plain)
{
	/* Of two filters, the one that was installed last determines the error. */
	return (!plain || fail_call(SYS_memfd_create, ENOMEM)) &&
	    fail_call_with(SYS_memfd_create, 1, BPF_JSET, MFD_NOEXEC_SEAL, EINVAL);
}

static int
memfd_without_flag(bool plain)
{
	char got[2], wanted[160];
	bool right;

	(void)close(0);
	must(open("f", O_RDONLY) == 0);
	if (!filter_memfd(plain) || memfd_create("probe", MFD_CLOEXEC | MFD_NOEXEC_SEAL) != -1 || errno != EINVAL)
		return 77;
	if (plain) {
		(void)snprintf(wanted, sizeof(wanted), "memfd:a: cannot create a memory file: %s", strerror(ENOMEM));
		return open_one("memfd:a") == -1 && strcmp(fail.text, wanted) == 0 ? 0 : 1;
	}
	right = open_one("memfd:a") == 0 && read(list.items[0].fd, got, 2) == 1 && got[0] == 'x' &&
	    (fcntl(list.items[0].fd, F_GET_SEALS) & SEALS) == SEALS && fcntl(list.items[0].fd, F_GETFD) == FD_CLOEXEC;
	return right ? 0 : 1;
}

static void
test_old_kernel(void)
{
	static const char *const names[] = { "memfd: works without MFD_NOEXEC_SEAL",
		"the error of memfd_create is reported" };
	int status = -1, i;
	pid_t pid;

	make_file("f");
	for (i = 0; i < 2; i++) {
		pid = fork();
		if (pid == 0)
			_exit(memfd_without_flag(i == 1));
		(void)waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip("seccomp is not available", "%s", names[i]);
		else
			is_int(status, 0, "%s", names[i]);
	}
}

static void
test_paths(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	refused("sock", "it is a socket, which cannot be opened; to connect to it, use unix:sock");
	refused("rw:sock", "it is a socket, which cannot be opened; to connect to it, use unix:sock");
	(void)close(fd);
	refused("nope", "cannot open for reading: No such file or directory");
	refused("r:nope", "cannot open for reading: No such file or directory");
	refused("path:nope", "cannot open: No such file or directory");
	refused("dir:nope", "cannot open the directory: No such file or directory");
	refused("a:nope/x", "cannot open for appending: No such file or directory");
	refused("w:nope/x", "cannot open for writing: No such file or directory");
	refused("rw:nope/x", "cannot open for reading and writing: No such file or directory");
	refused("w:", "missing path");
	refused("dir:=x", "missing path");
	/* Operands that look like an unknown prefix or like HOST:PORT, but are not existing paths. */
	refused(":", "no such path, and ':' is not a DESCRIPTOR prefix");
	refused("qqqqqq:", "no such path, and 'qqqqqq:' is not a DESCRIPTOR prefix");
	refused("zz:8a", "no such path, and 'zz:' is not a DESCRIPTOR prefix");
	refused("zz:8/9", "no such path, and 'zz:' is not a DESCRIPTOR prefix");
	refused("::", "no such path, and ':' is not a DESCRIPTOR prefix");
	refused(":80",
	    "no such path, and ':' is not a DESCRIPTOR prefix; for a socket write tcp-listen::80 to listen, or tcp::80 to "
	    "connect");
	refused("zz:y:80",
	    "no such path, and 'zz:' is not a DESCRIPTOR prefix; for a socket write tcp-listen:zz:y:80 to listen, or "
	    "tcp:zz:y:80 to connect");
	refused("abcdefghijklmnopqrstuvwxyzabcdef:1x",
	    "no such path, and 'abcdefghijklmnopqrstuvwxyzabcdef:' is not a DESCRIPTOR prefix");
	refused(
	    "soketpair:x", "no such path, and 'soketpair:' is not a DESCRIPTOR prefix; did you mean 'socketpair:'?");
	refused("memfd", "no such path; did you mean 'memfd:'?");
	refused("memfd=x", "no such path; did you mean 'memfd:=x'?");
	refused("pipe/x", "cannot open for reading: No such file or directory");
	refused("pip", "cannot open for reading: No such file or directory");
	refused("r:pipe", "cannot open for reading: No such file or directory");
	refused("r:tpc:80", "cannot open for reading: No such file or directory");
}

static void
test_ambiguous(void)
{
	make_file("f");
	make_file("f=g");
	make_file("0=x");
	make_file("90=x");
	make_file("-=x");
	make_file("=x");
	make_file("r:f=g");
	refused("f=g", "ambiguous: for the file f with the name 'g' write r:f=g, for the file 'f=g' write f=g=");
	refused("0=x", "ambiguous: for descriptor 0 with the name 'x' write fd:0=x, for the file '0=x' write ./0=x=");
	refused("-=x", "ambiguous: for descriptor - with the name 'x' write fd:-=x, for the file '-=x' write ./-=x=");
	if (opens("90=x", 1))
		is_str(list.items[0].name, NULL, "an existing path has no name if the descriptor is not open");
	source_list_close(&list);
	if (opens("=x", 1))
		is_str(list.items[0].what, "=x", "an existing path can begin with =");
	source_list_close(&list);
	if (opens("r:f=g", 1)) {
		is_str(list.items[0].what, "f", "a word with a prefix has a name even if it is an existing path");
		is_str(list.items[0].name, "g", "the part after the = is the name of the descriptor");
	}
	source_list_close(&list);
	refused("=y", "missing DESCRIPTOR before '='");
	refused("f=a\x7f",
	    "invalid name 'a\x7f': expected printable ASCII characters without a colon; for a path that contains =, append "
	    "another =");
	refused("f=a\x1f",
	    "invalid name 'a\x1f': expected printable ASCII characters without a colon; for a path that contains =, append "
	    "another =");
}

/*
 * Starts a process that waits until it is killed. The process ID is at least MIN, and no open descriptor has this
 * number.
 */
static pid_t
process_above(pid_t min)
{
	pid_t pid;

	for (;;) {
		pid = fork();
		must(pid != -1);
		if (pid == 0) {
			(void)pause();
			_exit(0);
		}
		if (pid >= min && fcntl(pid, F_GETFD) == -1)
			return pid;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

/* Tests that the error for a number that is not open suggests pid:PID only for process IDs from 100 up. */
static void
test_process_number(void)
{
	pid_t pid = process_above(100);
	char text[64], why[128];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	(void)snprintf(
	    why, sizeof(why), "descriptor %d is not open; process %d is pid:%d", (int)pid, (int)pid, (int)pid);
	refused(text, why);
	is_int(fail.err, EBADF, "the error of a number that is not open contains EBADF");
	(void)snprintf(why, sizeof(why), "descriptor %d is not open", (int)pid);
	(void)snprintf(text, sizeof(text), "fd:%d", (int)pid);
	refused(text, why);
	(void)snprintf(text, sizeof(text), "0%d", (int)pid);
	refused(text, why);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	refused(text, why);
	refused("99", "descriptor 99 is not open");
	refused("2147483647", "descriptor 2147483647 is not open");
	refused("2147483648", "invalid descriptor number '2147483648': is too large");
	refused("fd:-1", "invalid descriptor number '-1': is too small");
}

/* Tests that the umask applies to a created file, and that a file that has replaced the created file is not removed. */
static void
test_made(void)
{
	struct stat st;

	(void)umask(027);
	(void)unlink("made");
	if (opens("w:made", 1)) {
		ok(stat("made", &st) == 0 && (st.st_mode & 07777) == 0640,
		    "a file is created with mode 0666 and the umask");
		must(rename("made", "moved") == 0);
		make_file("made");
		errno = EXFULL;
		source_list_close(&list);
		is_int(errno, EXFULL, "closing a list preserves errno");
		ok(access("made", F_OK) == 0, "a file that has replaced a created one is not removed");
		ok(access("moved", F_OK) == 0, "a created file that was renamed is not removed");
	}
	(void)umask(0);
	must(symlink("moved", "made-link") == 0 && unlink("made") == 0);
	if (opens("a:made", 1)) {
		is_int(source_list_truncate(&list, &fail), 0, "source_list_truncate() ignores a file that a: created");
		must(unlink("made") == 0 && symlink("moved", "made") == 0);
		source_list_close(&list);
		ok(lstat("made", &st) == 0, "a symbolic link that has replaced a created file is not removed");
	}
	if (opens("w:/dev/null", 1))
		is_int(source_list_truncate(&list, &fail), 0, "source_list_truncate() does not fail for a device");
	source_list_close(&list);
	make_file("f");
	if (opens("rw:f", 1)) {
		is_int(source_list_truncate(&list, &fail), 0, "source_list_truncate() ignores rw:");
		ok(fstat(list.items[0].fd, &st) == 0 && st.st_size == 1, "rw: keeps the content of the file");
		ok(!list.items[0].made && list.items[0].ours,
		    "an existing file is not marked as created, but its descriptor is owned by the list");
	}
	source_list_close(&list);
	ok(access("f", F_OK) == 0, "an existing file is not removed");
}

static void
test_waiting(void)
{
	static char words[][8] = { "99", "nope", "f", "fd:x" };
	char *texts[] = { words[0], words[1], words[2], words[3] };

	must(mkfifo("fifo", 0600) == 0);
	make_file("f");
	options.readers_at_once = true;
	if (opens("fifo", 1))
		is_int(fcntl(list.items[0].fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY,
		    "with readers_at_once, a FIFO is opened without a writer, and without O_NONBLOCK");
	source_list_close(&list);
	options.readers_at_once = false;
	options.no_wait = true;
	if (opens("w:fifo", 1))
		is_str(list.items[0].error, "w:fifo: cannot open for writing: No such device or address",
		    "if the list is only inspected, w: does not wait for a reader of a FIFO");
	source_list_close(&list);
	if (opens("path:fifo", 1))
		is_int(fcntl(list.items[0].fd, F_GETFL) & (O_PATH | O_NONBLOCK), O_PATH, "path: does not open a FIFO");
	source_list_close(&list);
	is_int(source_list_open(&list, texts, 3, &options, &fail), 0,
	    "opening a list that is only inspected succeeds in spite of missing files");
	if (is_int((intmax_t)list.count, 3, "a list that is only inspected contains all items")) {
		is_str(list.items[0].error, "99: descriptor 99 is not open",
		    "the error for a number that is not open is stored");
		is_str(list.items[1].error, "nope: cannot open for reading: No such file or directory",
		    "the error for a missing path is stored");
		ok(list.items[2].error == NULL && list.items[2].fd != -1, "descriptors without an error are opened");
		ok(list.items[0].fd == -1 && list.items[1].fd == -1, "descriptors with an error are not open");
	}
	source_list_close(&list);
	is_int(source_list_open(&list, texts, 4, &options, &fail), -1,
	    "an invalid operand is refused even if the list is only inspected");
	is_str(
	    fail.text, "fd:x: invalid descriptor number 'x': is not a number", "the error message contains the reason");
	options.no_wait = false;
}

/* Tests a list with more items than fit into the initial array. */
static void
test_many(void)
{
	static char words[][8] = { "0", "pipe:" };
	char *texts[40];
	size_t i, right = 0;

	for (i = 0; i < 40; i++)
		texts[i] = words[i % 2];
	is_int(source_list_open(&list, texts, 40, &options, &fail), 0, "a list of 40 operands is opened");
	for (i = 0; i < list.count; i++)
		right += i % 3 == 0 ? list.items[i].fd == 0 && !list.items[i].ours && list.items[i].number == 0 :
				      list.items[i].fd > 2 && list.items[i].ours;
	ok(list.count == 60 && right == 60, "the list has 60 descriptors in the order of the operands");
	source_list_close(&list);
	ok(list.items == NULL && list.count == 0 && list.room == 0 && list.input == NULL, "a closed list is empty");
	ok(source_word_exists("pid:", 4) && source_word_exists("tcp-listen:x", 11),
	    "source_word_exists() returns true for known prefixes");
	ok(!source_word_exists("pid:", 3) && !source_word_exists("", 0) && !source_word_exists("qqq:", 4),
	    "source_word_exists() returns false for other words");
}

static void
test_inet(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	struct source_list listener;
	char text[64], why[128];

	if (opens("tcp-listen:127.0.0.1:0", 1)) {
		is_int(option_of(list.items[0].fd, SOL_SOCKET, SO_REUSEADDR), 1, "tcp-listen: sets SO_REUSEADDR");
		is_int(option_of(list.items[0].fd, SOL_SOCKET, SO_ACCEPTCONN), 1, "tcp-listen: listens");
		ok(list.items[0].ours && list.items[0].number == list.items[0].fd,
		    "the descriptor of tcp-listen: is owned by the list");
		must(getsockname(list.items[0].fd, (struct sockaddr *)&address, &length) == 0);
		(void)snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned int)ntohs(address.sin_port));
		is_str(list.items[0].bound, text, "the stored bound address of tcp-listen: is complete");
	}
	source_list_close(&list);
	if (opens("tcp-listen::0", 1) && option_of(list.items[0].fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6)
		is_int(option_of(list.items[0].fd, IPPROTO_IPV6, IPV6_V6ONLY), 0,
		    "tcp-listen: without a host serves both IPv6 and IPv4");
	source_list_close(&list);
	if (opens("udp-listen:127.0.0.1:0", 1)) {
		is_int(option_of(list.items[0].fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM,
		    "udp-listen: has the type SOCK_DGRAM");
		is_int(
		    option_of(list.items[0].fd, SOL_SOCKET, SO_REUSEADDR), 0, "udp-listen: does not set SO_REUSEADDR");
		listener = list;
		(void)snprintf(text, sizeof(text), "udp-listen:%s", listener.items[0].bound);
		(void)snprintf(why, sizeof(why), "bind to %s: %s", listener.items[0].bound, strerror(EADDRINUSE));
		refused(text, why);
		(void)snprintf(text, sizeof(text), "udp:%s", listener.items[0].bound);
		if (opens(text, 1)) {
			is_int(option_of(list.items[0].fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM,
			    "udp: has the type SOCK_DGRAM");
			ok(list.items[0].ours && list.items[0].number == list.items[0].fd,
			    "the descriptor of udp: is owned by the list");
		}
		source_list_close(&list);
		source_list_close(&listener);
	}
	is_int(open_one("tcp-listen::no-such-service"), -1, "an unknown service is refused if no host is given");
	ok(strstr(fail.text, "tcp-listen::no-such-service: cannot look up * port no-such-service: ") == fail.text,
	    "the error message contains the reason");
	refused("tcp:a:b:80", "expected HOST:PORT, with brackets around an IPv6 address: [::1]:80");
	refused("tcp:1111:1111:1111:1111:1111:1111:1111:1111111111111:80",
	    "expected HOST:PORT, with brackets around an IPv6 address: [::1]:80");
	refused("tcp:[::1]80", "expected [HOST]:PORT");
	refused("udp:80", "missing host: expected HOST:PORT; for the local host write udp::80");
	refused("udp-listen:80", "missing host: expected HOST:PORT; for all addresses write udp-listen::80");
	refused("tcp:x8", "missing port: expected HOST:PORT");
	refused("tcp:", "missing port: expected HOST:PORT");
	refused("tcp:x:", "missing port: expected HOST:PORT");
	refused("tcp:x:65536", "invalid port '65536': is too large");
	refused("tcp:::1:65536", "invalid port '65536': is too large");
	refused("tcp:fe80::1%lo:65536", "invalid port '65536': is too large");
}

/* Makes socket(2) fail with ERR for AF_INET6, then listens on all addresses. */
static int
listen_without_ipv6(int err)
{
	if (!fail_call_with(SYS_socket, 0, BPF_JEQ, AF_INET6, err) || socket(AF_INET6, SOCK_STREAM, 0) != -1 ||
	    errno != err)
		return 77;
	if (open_one("tcp-listen::0") == -1)
		return err == EMFILE ? 0 : 1;
	return err != EMFILE && strncmp(list.items[0].bound, "0.0.0.0:", 8) == 0 ? 0 : 2;
}

/* The socket must be an IPv4 socket only if the system does not support IPv6. */
static void
test_without_ipv6(void)
{
	static const int errors[] = { EAFNOSUPPORT, EADDRNOTAVAIL, EMFILE };
	int status = -1;
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		pid = fork();
		if (pid == 0)
			_exit(listen_without_ipv6(errors[i]));
		(void)waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip("seccomp is not available",
			    "tcp-listen: uses the right address family after error %zu of socket(2)", i);
		else
			is_int(status, 0, "tcp-listen: uses the right address family after error %zu of socket(2)", i);
	}
}

static void
test_vsock(void)
{
	struct sockaddr_vm address;
	socklen_t length = sizeof(address);
	struct source_list listener;
	char text[64], why[128];

	if (open_one("vsock-listen:any:4294967295") == -1) {
		skip("AF_VSOCK is not available", "vsock-listen:");
		return;
	}
	listener = list;
	must(getsockname(listener.items[0].fd, (struct sockaddr *)&address, &length) == 0);
	ok(address.svm_cid == VMADDR_CID_ANY && address.svm_port != VMADDR_PORT_ANY,
	    "vsock-listen: without a CID is bound to any CID");
	is_int(option_of(listener.items[0].fd, SOL_SOCKET, SO_ACCEPTCONN), 1, "vsock-listen: listens");
	is_int(fcntl(listener.items[0].fd, F_GETFL) & O_NONBLOCK, 0, "vsock-listen: is blocking");
	ok(listener.items[0].ours && listener.items[0].number == listener.items[0].fd,
	    "the descriptor of vsock-listen: is owned by the list");
	(void)snprintf(text, sizeof(text), "vsock-listen:%u", address.svm_port);
	(void)snprintf(why, sizeof(why), "listen: %s", strerror(EADDRINUSE));
	refused(text, why);
	(void)snprintf(text, sizeof(text), "vsock:local:%u", address.svm_port);
	options.endpoint.deadline = fdpass_deadline(300000000);
	if (open_one(text) == 0) {
		length = sizeof(address);
		ok(getpeername(list.items[0].fd, (struct sockaddr *)&address, &length) == 0 &&
			address.svm_cid == VMADDR_CID_LOCAL,
		    "vsock: is connected");
		is_int(fcntl(list.items[0].fd, F_GETFL) & O_NONBLOCK, 0, "vsock: is blocking");
		ok(list.items[0].ours && list.items[0].number == list.items[0].fd,
		    "the descriptor of vsock: is owned by the list");
		source_list_close(&list);
		source_list_close(&listener);
		refused(text, "connect: Connection reset by peer");
	} else if (fail.reason == FAIL_TIMEOUT) {
		(void)snprintf(why, sizeof(why), "%s: connect: timed out", text);
		is_str(fail.text, why, "vsock: times out at the deadline");
		source_list_close(&listener);
	} else {
		diag("%s", fail.text);
		skip("vsock_loopback is not available", "vsock:");
		source_list_close(&listener);
	}
	options.endpoint.deadline = FDPASS_NEVER;
}

static void
listen_variables(const char *fds, const char *names)
{
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", fds, 1);
	(void)setenv("LISTEN_FDNAMES", names, 1);
}

/* Tests listen: with descriptors from 3 up, which LISTEN_FDS counts. */
static void
test_listen(void)
{
	int i;

	for (i = 0; i < 4; i++)
		must(open("/dev/null", O_RDWR) == 3 + i);
	listen_variables("4", "a::a:b");
	if (opens("listen:all", 4)) {
		is_str(list.items[0].name, "a", "the first descriptor of listen: has the first name in LISTEN_FDNAMES");
		is_str(list.items[1].name, NULL, "a descriptor with an empty name in LISTEN_FDNAMES has no name");
		is_str(list.items[2].name, "a", "the third descriptor of listen: has the third name in LISTEN_FDNAMES");
		is_str(list.items[3].name, "b", "the last descriptor of listen: has the last name in LISTEN_FDNAMES");
		ok(list.items[3].fd == 6 && list.items[3].number == 6 && !list.items[3].ours,
		    "the last descriptor of listen: has the number 6");
	}
	source_list_close(&list);
	if (opens("listen:a=x", 2)) {
		ok(list.items[0].fd == 3 && list.items[1].fd == 5,
		    "listen:NAME selects all descriptors with this name");
		is_str(list.items[0].name, "x", "the name after = replaces the first descriptor's name");
		is_str(list.items[1].name, "x", "the name after = replaces the second descriptor's name");
	}
	source_list_close(&list);
	if (opens("listen:3=", 1)) {
		is_int(list.items[0].fd, 6, "listen:I selects one descriptor by its position");
		is_str(
		    list.items[0].name, "b", "without a name after =, the descriptor has its name from LISTEN_FDNAMES");
	}
	source_list_close(&list);
	refused("listen:4", "LISTEN_FDS has only 4 descriptors, counted from 0");
	(void)close(6);
	refused("listen:all", "descriptor 6 is not open");
	is_int(fail.err, EBADF, "the error of a descriptor that is not open contains EBADF");
	listen_variables("x", "");
	refused("listen:all", "invalid LISTEN_FDS 'x': is not a number");
	for (i = 3; i < 6; i++)
		(void)close(i);
}

int
main(void)
{
	char clean[64];
	int fd;

	if (mkdtemp(home) == NULL || chdir(home) == -1)
		return 99;
	for (fd = 3; fd < 256; fd++)
		(void)close(fd);
	options = (struct source_options){
		.endpoint = { .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1, .deadline = FDPASS_NEVER }
	};
	test_pairs();
	test_memfd();
	test_old_kernel();
	test_paths();
	test_ambiguous();
	test_process_number();
	test_made();
	test_waiting();
	test_many();
	test_inet();
	test_without_ipv6();
	test_vsock();
	test_listen();
	must(chdir("/") == 0);
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", home);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
