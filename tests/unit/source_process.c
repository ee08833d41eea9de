/* SPDX-License-Identifier: ISC */
/*
 * Tests of pid:PID:SELECTOR: duplicating the matching descriptors of another process, and the list in the error message
 * if no descriptor matches.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "inspect/proc.h"
#include "inspect/process.h"
#include "source/source.h"
#include "fail_call.h"
#include "must.h"
#include "open_fds.h"
#include "tap.h"

/* A number above those of all open descriptors of this program. */
#define NUMBERS 1024

#define NOBODY 65534

static char top[] = "/tmp/fdq.XXXXXX";
static char home[32]; /* the working directory, a subdirectory of TOP */
static struct source_list list;
static struct source_options options;
static struct fail fail;
static unsigned int port;
static char abstract[32]; /* an abstract name that no other test uses */

static int
open_one(const char *text)
{
	char *texts[1] = { (char *)(uintptr_t)text };

	return source_list_open(&list, texts, 1, &options, &fail);
}

/* Moves FD to NUMBER. */
static void
move(int fd, int number)
{
	must(fd != -1 && dup2(fd, number) == number);
	if (fd != number)
		(void)close(fd);
}

static int
unix_socket(const char *path, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, length);
	must(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0);
	must(listen(fd, 1) == 0);
	return fd;
}

static int
tcp_socket(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	must(bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 1) == 0);
	must(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	port = ntohs(address.sin_port);
	return fd;
}

/* Returns the number of open descriptors, after closing those that are cached for later calls. */
static int
count_used(void)
{
	helper_close_end();
	helper_exit();
	proc_close();
	return count_fds();
}

/* A child that has only the descriptors that MAKE opens, and the read end of a pipe, on which the child waits. */
struct child {
	pid_t pid;
	int wait;     /* the write end of the pipe; the child exits when this end is closed */
	size_t count; /* the number of descriptors of the child */
};

/* Starts a child that runs MAKE in the test's working directory. */
static struct child
child_start(void (*make)(void), size_t count, int number)
{
	struct child child = { .count = count };
	int ready[2], ends[2], fd;
	char byte = 0;

	must(pipe2(ready, O_CLOEXEC) == 0 && pipe2(ends, O_CLOEXEC) == 0);
	child.pid = fork();
	if (child.pid == 0) {
		(void)prctl(PR_SET_NAME, "victim");
		/* Moves the pipe above all other numbers, so that it is the last descriptor in a list. */
		move(ends[0], number);
		move(ready[1], number - 1);
		for (fd = 0; fd < NUMBERS; fd++)
			if (fd != number && fd != number - 1)
				(void)close(fd);
		make();
		must(write(number - 1, &byte, 1) == 1);
		(void)close(number - 1);
		_exit(read(number, &byte, 1) == 0 ? 0 : 1);
	}
	(void)close(ready[1]);
	(void)close(ends[0]);
	must(read(ready[0], &byte, 1) == 1);
	/* End of file means that the child has opened its descriptors and closed its end of the pipe. */
	must(read(ready[0], &byte, 1) == 0);
	(void)close(ready[0]);
	child.wait = ends[1];
	return child;
}

static void
child_end(const struct child *child)
{
	int status = -1;

	(void)close(child->wait);
	must(waitpid(child->pid, &status, 0) == child->pid);
	is_int(status, 0, "the child exits normally when its pipe is closed");
}

/*
 * Returns true if the child has only the intended descriptors. An emulator may have opened further descriptors in the
 * child.
 */
static bool
has_only(const struct child *child)
{
	size_t have = 0;
	int *fds;

	must(proc_pid_fds(child->pid, &fds, &have) == 0);
	free(fds);
	return have == child->count;
}

static void
make_various(void)
{
	char name[sizeof(abstract) + 1] = "";
	int pair[2];

	(void)strlcpy(name + 1, abstract, sizeof(abstract));
	must(pipe2(pair, O_CLOEXEC) == 0);
	move(pair[0], 5);
	(void)close(pair[1]);
	move(tcp_socket(), 6);
	move(unix_socket("s", 1), 7);
	move(unix_socket(name, 1 + strlen(abstract)), 8);
	move(unix_socket("/proc/self/cwd/q", 16), 9);
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
	move(pair[0], 10);
	(void)close(pair[1]);
	move(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600), 11);
	move(unix_socket("../up", 5), 12);
}

/* Returns the link of descriptor NUMBER of process PID. */
static const char *
link_of(pid_t pid, int number)
{
	static char links[4][128];
	static size_t next;
	char *link = links[next++ % 4];

	must(proc_pid_readlink(pid, number, link, sizeof(links[0])) > 0);
	return link;
}

/* Determines the port of the child's socket from a duplicate of this socket. */
static void
find_port(pid_t pid)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	char text[64];

	(void)snprintf(text, sizeof(text), "pid:%d:6", (int)pid);
	must(open_one(text) == 0);
	must(getsockname(list.items[0].fd, (struct sockaddr *)&address, &length) == 0);
	port = ntohs(address.sin_port);
	source_list_close(&list);
}

/* Checks that SELECTOR opens the descriptors NUMBERS of the child, and that each item has the given name. */
static void
expands(const struct child *child, const char *selector, const char *numbers, const char *name)
{
	char text[256], got[64] = "";
	size_t i, used = 0, right = 0;
	int before = count_used();

	if (!has_only(child)) {
		skip("an emulator has opened descriptors", "%s opens the descriptors that match", selector);
		return;
	}
	(void)snprintf(text, sizeof(text), "pid:%d:%s%s%s", (int)child->pid, selector, name != NULL ? "=" : "",
	    name != NULL ? name : "");
	if (open_one(text) == -1)
		diag("%s", fail.text);
	for (i = 0; i < list.count; i++) {
		used += (size_t)snprintf(
		    got + used, sizeof(got) - used, "%s%d", i > 0 ? " " : "", list.items[i].number);
		right += list.items[i].pid == child->pid && list.items[i].ours && list.items[i].foreign &&
		    list.items[i].text == text && fcntl(list.items[i].fd, F_GETFD) == FD_CLOEXEC &&
		    (name == NULL ? list.items[i].name == NULL :
				    list.items[i].name != NULL && strcmp(list.items[i].name, name) == 0);
	}
	is_str(got, numbers, "%s opens the descriptors that match", selector);
	is_int((intmax_t)right, (intmax_t)list.count, "each descriptor that %s opens is owned by the list", selector);
	is_int(count_used(), before + (int)list.count, "%s keeps no other descriptor open", selector);
	source_list_close(&list);
	is_int(count_used(), before, "all descriptors that %s has opened are closed", selector);
}

static void
test_various(void)
{
	struct child child = child_start(make_various, 9, 40);
	char text[96], wanted[2048];
	int before = count_used();

	find_port(child.pid);
	expands(&child, "listening", "6 7 8 9 12", "x");
	expands(&child, "kind:pipe,regular", "5 11 40", NULL);
	(void)snprintf(text, sizeof(text), "tcp-listen:%u", port);
	expands(&child, text, "6", "web");
	/*
	 * A path matches if it is the path of the socket (relative to the child's working directory), or if it refers
	 * to the same file.
	 */
	(void)snprintf(text, sizeof(text), "unix-listen:%s/s", home);
	expands(&child, text, "7", NULL);
	(void)snprintf(text, sizeof(text), "unix-listen:%s/q", home);
	expands(&child, text, "9", NULL);
	expands(&child, "unix-listen:./s", "7", NULL);
	expands(&child, "unix-listen:s", "7", NULL);
	expands(&child, "unix-listen:../up", "12", NULL);
	(void)snprintf(text, sizeof(text), "unix-listen:%s/up", top);
	expands(&child, text, "12", NULL);
	(void)snprintf(text, sizeof(text), "unix-listen:@%s", abstract);
	expands(&child, text, "8", NULL);
	(void)snprintf(text, sizeof(text), "file:%s/f", home);
	expands(&child, text, "11", NULL);
	(void)snprintf(text, sizeof(text), "pid:%d:udp-listen:9", (int)child.pid);
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: no descriptor of process %d (victim) matches; its descriptors are 5 pipe %s, 6 socket 127.0.0.1:%u, 7 socket s, "
	    "8 socket @%s, 9 socket /proc/self/cwd/q, 10 socket %s, 11 regular %s/f, 12 socket ../up, 40 pipe %s",
	    text, (int)child.pid, link_of(child.pid, 5), port, abstract, link_of(child.pid, 10), home,
	    link_of(child.pid, 40));
	if (has_only(&child)) {
		is_int(open_one(text), -1, "a selector that matches nothing is refused");
		is_str(fail.text, wanted, "the error lists all descriptors of the process");
		is_int(count_used(), before, "no descriptor of the process stays open");
	} else
		skip("an emulator has opened descriptors", "the error lists all descriptors of the process");
	child_end(&child);
}

static void
make_long(void)
{
	char path[256];
	int i;

	memset(path, 'l', 200);
	path[200] = '\0';
	for (i = 10; i < 40; i++)
		move(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), i);
}

/*
 * Tests that the list in the error message is limited, and that the list describes each descriptor in at most 159
 * bytes.
 */
static void
test_long(void)
{
	struct child child = child_start(make_long, 31, 60);
	char text[64], wanted[4096], link[512];
	size_t used;
	int i;

	(void)snprintf(text, sizeof(text), "pid:%d:listening", (int)child.pid);
	used = (size_t)snprintf(wanted, sizeof(wanted),
	    "%s: no descriptor of process %d (victim) matches; its descriptors are ", text, (int)child.pid);
	must(proc_pid_readlink(child.pid, 10, link, sizeof(link)) > 0);
	for (i = 10; i < 22; i++)
		used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "%d regular %.*s, ", i,
		    159 - (int)strlen("10 regular "), link);
	(void)snprintf(wanted + used, sizeof(wanted) - used, "..., 60 pipe %s", link_of(child.pid, 60));
	if (has_only(&child)) {
		is_int(open_one(text), -1, "a selector that matches nothing is refused");
		is_str(fail.text, wanted, "descriptors that do not fit into the list are replaced by one ellipsis");
	} else
		skip("an emulator has opened descriptors",
		    "descriptors that do not fit into the list are replaced by one ellipsis");
	child_end(&child);
}

static void
make_none(void)
{
}

static void
test_few(void)
{
	struct child child = child_start(make_none, 1, 60);
	char text[64], wanted[160];
	int pair[2];

	expands(&child, "all", "60", "end");
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	(void)snprintf(text, sizeof(text), "pid:%d:unix-listen:fd:%d", (int)child.pid, pair[0]);
	(void)snprintf(wanted, sizeof(wanted), "%s: expected a path or @NAME after unix-listen:", text);
	is_int(open_one(text), -1, "a selector unix-listen: with an inherited socket as its ADDRESS is refused");
	is_str(fail.text, wanted, "the error message contains the reason");
	(void)close(pair[0]);
	(void)close(pair[1]);
	child_end(&child);
	is_int(open_one(text), -1, "a process that does not exist is refused");
}

/*
 * Opens TEXT in a child in which the system call NUMBER fails with ERR. Checks that the error is "TEXT: WHY". If USER
 * is not 0, the child runs with the user ID USER.
 */
static void
fails(const char *text, unsigned int number, int err, uid_t user, const char *why)
{
	char wanted[512];
	int status = -1, before;
	pid_t pid = fork();

	if (pid == 0) {
		if (user != 0)
			must(setgid(user) == 0 && setuid(user) == 0);
		before = count_used();
		if (!fail_call(number, err) || syscall(number, -1, -1, -1) != -1 || errno != err)
			_exit(77);
		(void)snprintf(wanted, sizeof(wanted), "%s: %s", text, why);
		if (open_one(text) != -1 || strcmp(fail.text, wanted) != 0)
			_exit(1);
		_exit(count_used() == before ? 0 : 2);
	}
	must(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip("seccomp is not available", "%s: %s", text, why);
	else
		is_int(status, 0, "%s: %s", text, why);
}

static void
test_errors(void)
{
	struct child child = child_start(make_none, 1, 60);
	int pid = (int)child.pid;
	char one[64], all[64], why[256];

	(void)snprintf(one, sizeof(one), "pid:%d:60", pid);
	(void)snprintf(all, sizeof(all), "pid:%d:all", pid);
	(void)snprintf(why, sizeof(why),
	    "process %d has no descriptor 60; a socket that listens on port 60 is pid:%d:tcp-listen:60", pid, pid);
	fails(one, SYS_pidfd_getfd, EBADF, 0, why);
	/* Descriptors that the process closes between listing and duplicating them are skipped. */
	(void)snprintf(why, sizeof(why), "process %d (victim) has no open descriptors", pid);
	fails(all, SYS_pidfd_getfd, EBADF, 0, why);
	(void)snprintf(why, sizeof(why), "process %d has exited", pid);
	fails(one, SYS_pidfd_getfd, ESRCH, 0, why);
	fails(all, SYS_pidfd_getfd, ESRCH, 0, why);
	(void)snprintf(why, sizeof(why),
	    "not permitted to access process %d: this needs CAP_SYS_PTRACE, or the same user, a dumpable process and a "
	    "kernel.yama.ptrace_scope that allows it",
	    pid);
	fails(one, SYS_pidfd_getfd, EPERM, 0, why);
	fails(all, SYS_pidfd_getfd, EPERM, 0, why);
	fails(one, SYS_pidfd_getfd, ENOSYS, 0, "pidfd_getfd is not supported by this kernel (needs Linux 5.6)");
	(void)snprintf(why, sizeof(why), "cannot duplicate descriptor 60 of process %d: %s", pid, strerror(EMFILE));
	fails(one, SYS_pidfd_getfd, EMFILE, 0, why);
	(void)snprintf(why, sizeof(why), "%d is the ID of a thread, not of a process", pid);
	fails(one, SYS_pidfd_open, EINVAL, 0, why);
	fails(all, SYS_pidfd_open, ENOENT, 0, why);
	(void)snprintf(why, sizeof(why), "process %d does not exist", pid);
	fails(all, SYS_pidfd_open, ESRCH, 0, why);
	fails(one, SYS_pidfd_open, ENOSYS, 0, "pidfd_open is not supported by this kernel (needs Linux 5.3)");
	(void)snprintf(why, sizeof(why), "cannot open process %d: %s", pid, strerror(EMFILE));
	fails(one, SYS_pidfd_open, EMFILE, 0, why);
	child_end(&child);
}

/* Tests the error message if the directory /proc/PID/fd cannot be read. */
static void
test_permission(void)
{
	struct child child = child_start(make_none, 1, 60);
	int pid = (int)child.pid;
	char all[64], why[256];

	(void)snprintf(all, sizeof(all), "pid:%d:all", pid);
	(void)snprintf(why, sizeof(why),
	    "not permitted to access process %d: this needs CAP_SYS_PTRACE, or the same user, a dumpable process and a "
	    "kernel.yama.ptrace_scope that allows it",
	    pid);
	if (geteuid() == 0)
		fails(all, SYS_pidfd_send_signal, EBADF, NOBODY, why);
	else
		skip("only root can change its user ID", "a process of another user is not accessible");
	child_end(&child);
}

int
main(void)
{
	char clean[64];

	if (mkdtemp(top) == NULL)
		return 99;
	(void)snprintf(abstract, sizeof(abstract), "fdpass-victim-%d", (int)getpid());
	(void)snprintf(home, sizeof(home), "%s/in", top);
	if (mkdir(home, 0700) == -1 || chdir(home) == -1)
		return 99;
	options = (struct source_options){
		.endpoint = { .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1, .deadline = FDPASS_NEVER }
	};
	test_various();
	test_long();
	test_few();
	test_errors();
	test_permission();
	must(chdir("/") == 0);
	(void)snprintf(clean, sizeof(clean), "rm -rf '%s'", top);
	is_int(system(clean), 0, "the temporary directory is removed");
	return tap_done();
}
