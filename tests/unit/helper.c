/* SPDX-License-Identifier: ISC */
/*
 * Tests of base/helper.c: helper processes make calls that can hang, and this process can exit while a helper is stuck.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/helper_internal.h"
#include "tap.h"

/*
 * The time limit in ms for each operation, long enough for a busy machine. Calls that hang take longer than LIMIT:
 * LINGER seconds, or indefinitely.
 */
#define LIMIT  10000
#define LINGER 60

struct numbers {
	int fd;
	int count;
};

static long
milliseconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
count_up(void *arg)
{
	((struct numbers *)arg)->count++;
}

/* Blocks until another process closes the other end of the pipe or writes to it. */
static void
wait_for(void *arg)
{
	struct numbers *n = arg;
	char byte;

	while (read(n->fd, &byte, 1) == -1 && errno == EINTR)
		;
	n->count = -1;
}

/*
 * Waits like wait_for(), but without sleeping, so that the helper does not count as stuck. The descriptor is
 * O_NONBLOCK. Returns early if the guard closes the descriptor (EBADF).
 */
static void
spin_for(void *arg)
{
	const struct numbers *n = arg;
	char byte;

	while (read(n->fd, &byte, 1) == -1 && errno == EAGAIN)
		;
}

/* A flag in memory shared with the helper: say_undone() sets this flag. */
static volatile int *undone;

static void
say_undone(void *arg)
{
	(void)arg;
	*undone = 1;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
make_pipe(int ends[2], int flags)
{
	if (pipe2(ends, flags) == -1) {
		printf("Bail out! no pipe\n");
		exit(1);
	}
}

static void
poke(int fd)
{
	if (write(fd, "", 1) != 1)
		diag("no helper process reads from the pipe");
}

static bool
ends_within_limit(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, LIMIT) == 1 && read(fd, &byte, 1) == 0;
}

static void
test_run(void)
{
	struct numbers n = { .count = 0 };
	int i, failed = 0;

	for (i = 0; i < 100; i++)
		failed += helper_run(count_up, NULL, &n, sizeof(n)) == -1;
	ok(failed == 0 && n.count == 100, "a helper process executes the function and returns the result");
	errno = 0;
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "wait(2) does not report the helper process");
	ok(helper_run(count_up, NULL, &n, HELPER_ARG_MAX + 1) == -1 && errno == EINVAL,
	    "helper_run() refuses an argument that is too large");
	helper_reap();
	n.count = 0;
	ok(helper_run(count_up, NULL, &n, sizeof(n)) == 0 && n.count == 1,
	    "a new helper is created after the previous one was reaped");
}

static void
test_close(void)
{
	int fds[300], i, left = 0, flags;

	for (i = 0; i < 300; i++)
		fds[i] = i == 7 ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = ERANGE;
	helper_close(fds, 300);
	ok(errno == ERANGE, "helper_close() preserves errno");
	for (i = 0; i < 300; i++)
		left += i != 7 && is_open(fds[i]);
	ok(left == 0, "helper_close() closes 300 descriptors and ignores -1");
	flags = fcntl(0, F_GETFD);
	helper_close(NULL, 0);
	ok(fcntl(0, F_GETFD) == flags, "helper_close() with a count of 0 closes nothing");
}

/* Returns a socket whose close blocks: SO_LINGER is set, and the other end does not read. */
static int
lingering(int *other)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct linger linger = { .l_onoff = 1, .l_linger = LINGER };
	socklen_t length = sizeof(sin);
	char block[65536] = { 0 };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)bind(listener, (struct sockaddr *)&sin, length);
	(void)listen(listener, 1);
	(void)getsockname(listener, (struct sockaddr *)&sin, &length);
	if (connect(fd, (struct sockaddr *)&sin, length) == -1)
		return -1;
	*other = accept(listener, NULL, NULL);
	(void)close(listener);
	while (send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return fd;
}

static void
test_close_hangs(void)
{
	int fds[5], other[2] = { -1, -1 };
	long begin = milliseconds();

	fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[1] = lingering(&other[0]);
	fds[2] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[3] = lingering(&other[1]);
	fds[4] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	helper_close(fds, 5);
	ok(milliseconds() - begin < LIMIT, "helper_close() does not wait for a close that blocks");
	ok(!is_open(fds[0]) && !is_open(fds[1]) && !is_open(fds[2]) && !is_open(fds[3]) && !is_open(fds[4]),
	    "helper_close() frees the numbers of all descriptors, including those whose close blocks");
	ok(helper_stuck() == 0, "a close that blocks does not count as a stuck helper");
	(void)close(other[0]);
	(void)close(other[1]);
}

/*
 * Returns a socket whose queue contains another socket, whose queue contains the next socket, and so on, DEPTH times.
 * The innermost queue contains a lingering socket.
 */
static int
nested(int depth, int *other)
{
	int ends[2], inner = depth > 0 ? nested(depth - 1, other) : lingering(other);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = {
			  .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (char[]){ 'x' }, 1 };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	memcpy(CMSG_DATA(&control.align), &inner, sizeof(inner));
	if (sendmsg(ends[0], &hdr, 0) == -1)
		printf("Bail out! sendmsg: %s\n", strerror(errno)), exit(1);
	(void)close(inner);
	(void)close(ends[0]);
	return ends[1];
}

static void
test_close_nested(void)
{
	int other[3] = { -1, -1, -1 }, i, fd;
	struct pollfd p;
	long begin = milliseconds();
	char block[65536];

	for (i = 0; i < 3; i++) {
		fd = nested(i, &other[i]);
		helper_close(&fd, 1);
	}
	ok(milliseconds() - begin < LIMIT,
	    "helper_close() of a socket whose queue contains a lingering socket does not block");
	for (i = 0; i < 3; i++) {
		/* Reads the data of the lingering socket up to end of file, which shows that the socket was closed. */
		p = (struct pollfd){ .fd = other[i], .events = POLLIN };
		while (poll(&p, 1, LIMIT) == 1 && read(other[i], block, sizeof(block)) > 0)
			;
		if ((p.revents & POLLIN) == 0)
			break;
		(void)close(other[i]);
	}
	ok(i == 3 && milliseconds() - begin < LIMIT, "a lingering socket in the queue of a closed socket is closed");
}

/* Closing hundreds of lingering sockets must not block, and must not create a process for each socket. */
static void
test_close_many(void)
{
	int i, fd, other;
	long begin = milliseconds();

	for (i = 0; i < 300; i++) {
		fd = lingering(&other);
		helper_close(&fd, 1);
		if (is_open(fd))
			break;
		(void)close(other);
	}
	ok(i == 300 && helper_stuck() == 0 && milliseconds() - begin < LIMIT,
	    "helper_close() closes hundreds of lingering sockets without blocking");
}

/* Returns the number of open descriptors of process PID. */
static int
open_count(pid_t pid)
{
	char path[32];
	DIR *dir;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 3; /* ".", "..", and the directory itself */
}

/* A close must close the descriptor in all processes, even if a stuck helper has a copy of the descriptor table. */
static void
test_closed_while_stuck(const int before[2], int count)
{
	int after[2];
	char byte;

	make_pipe(after, O_CLOEXEC | O_NONBLOCK);
	(void)close(after[1]);
	ok(read(after[0], &byte, 1) == 0,
	    "a descriptor that was opened after a helper got stuck is closed in all processes");
	(void)close(after[0]);
	(void)close(before[1]);
	ok(ends_within_limit(before[0]),
	    "a descriptor that was opened before a helper got stuck is closed in all processes");
	ok(open_count(getpid()) == count - 1, "a stuck helper causes no additional open descriptors");
}

static void
test_abandoned(void)
{
	struct numbers n = { .count = 0 }, again = { .count = 0 };
	int hang[2], early[2], count;
	long begin;

	make_pipe(early, O_CLOEXEC | O_NONBLOCK);
	make_pipe(hang, O_CLOEXEC);
	undone = mmap(NULL, sizeof(*undone), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	(void)helper_run(count_up, NULL, &again, sizeof(again));
	again.count = 0;
	count = open_count(getpid());
	begin = milliseconds();
	n.fd = hang[0];
	ok(helper_run(wait_for, say_undone, &n, sizeof(n)) == -1 && errno == ETIMEDOUT,
	    "a call that hangs fails with ETIMEDOUT");
	ok(milliseconds() - begin < LIMIT && n.count == 0,
	    "helper_run() returns within its time limit if the call hangs, and does not change the argument");
	ok(helper_stuck() == 1, "the helper whose call hangs counts as stuck");
	ok(helper_run(count_up, NULL, &again, sizeof(again)) == 0 && again.count == 1,
	    "other calls are executed while a helper is stuck");
	test_closed_while_stuck(early, count);
	(void)close(early[0]);
	poke(hang[1]);
	while (*undone == 0 && milliseconds() - begin < LIMIT)
		(void)usleep(1000);
	ok(*undone == 1, "the effects of a stuck call are undone when the call returns");
	while (helper_stuck() > 0 && milliseconds() - begin < LIMIT)
		(void)usleep(1000);
	ok(helper_stuck() == 0, "a stuck helper exits when its call returns");
	(void)close(hang[0]);
	(void)close(hang[1]);
	(void)munmap((void *)(uintptr_t)undone, sizeof(*undone));
}

/* Continues to make calls that hang, until helper_run() refuses a call. Returns the number of calls that hang. */
static int
hang_as_many(struct numbers *n)
{
	int i;

	for (i = 0; i < 100 && helper_run(wait_for, NULL, n, sizeof(*n)) == -1 && errno == ETIMEDOUT; i++)
		;
	return i;
}

static int
hang_as_many_new(struct numbers *n)
{
	int i;

	for (i = 0; i < 100 && helper_run_new(wait_for, NULL, n, sizeof(*n)) == -1 && errno == ETIMEDOUT; i++)
		;
	return i;
}

/*
 * The numbers of queries for one user, of queries for all users, and of calls of helper_run_new() each have a limit. At
 * these limits, closes must still work.
 */
static void
test_too_many(void)
{
	struct numbers n = { .count = 0 };
	int hang[2], i, fd, received, of_user = 16;
	uid_t user;

	make_pipe(hang, O_CLOEXEC);
	n.fd = hang[0];
	helper_set_user(1);
	i = hang_as_many(&n);
	ok(errno == EBUSY && i == 16, "at most 16 helpers of one user can be stuck");
	helper_set_user(2);
	i += hang_as_many(&n);
	ok(errno == EBUSY && i == 32, "stuck helpers of one user do not prevent calls for another user");
	for (user = 3; of_user == 16 && user < 40; user++) {
		helper_set_user(user);
		i += of_user = hang_as_many(&n);
	}
	ok(errno == EBUSY && of_user == 0 && i == 256, "at most 256 helpers of all users can be stuck (%d)", i);
	received = hang_as_many_new(&n);
	ok(errno == EBUSY && received == 16, "at most 16 helpers of helper_run_new() can be stuck in addition (%d)",
	    received);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	helper_close(&fd, 1);
	ok(!is_open(fd), "helper_close() closes a descriptor even if no more helpers are available");
	for (i += received; i > 0; i--)
		poke(hang[1]);
	while (helper_stuck() > 0)
		(void)usleep(1000);
	(void)close(hang[0]);
	(void)close(hang[1]);
}

static void
test_fork(void)
{
	struct numbers n = { .count = 0 };
	int status = -1;
	pid_t pid;

	(void)helper_run(count_up, NULL, &n, sizeof(n));
	pid = fork();
	if (pid == 0)
		_exit(helper_stuck() == 0 && helper_run(count_up, NULL, &n, sizeof(n)) == 0 && n.count == 2 ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	ok(status == 0, "a forked child uses its own helpers");
	ok(helper_run(count_up, NULL, &n, sizeof(n)) == 0 && n.count == 2, "the parent keeps its helper after a fork");
}

/*
 * Starts a child in which a call hangs in a helper. The child then exits (HOW is 0) or executes a program. The helper
 * must not keep WATCH open.
 */
static pid_t
leave(int how, int hang, int watch)
{
	struct numbers n = { .fd = hang };
	struct fail fail;
	pid_t pid = fork();
	int copy;

	if (pid != 0)
		return pid;
	(void)helper_run(wait_for, NULL, &n, sizeof(n));
	if (how == 0) {
		helper_exit();
		_exit(0);
	}
	copy = fcntl(watch, F_DUPFD, 100);
	if (helper_unshare_fds(&fail) == -1 || !is_open(watch) || !is_open(copy))
		_exit(1);
	(void)execl("/bin/true", "true", (char *)NULL);
	_exit(2);
}

static void
test_leave(int how, const char *what)
{
	int hang[2], watch[2], status = -1;
	pid_t pid;

	make_pipe(hang, O_CLOEXEC);
	make_pipe(watch, 0);
	pid = leave(how, hang[0], watch[1]);
	(void)close(watch[1]);
	ok(ends_within_limit(watch[0]), "%s: the reader of a pipe gets end of file even if a helper is stuck", what);
	(void)waitpid(pid, &status, 0);
	ok(status == 0, "%s: %s", what, how == 0 ? "the process exits" : "the descriptors are still open");
	(void)close(hang[0]);
	(void)close(hang[1]);
	(void)close(watch[0]);
}

/*
 * Returns the number of children of PID, including children that wait(2) reports only with __WALL. Returns -1 if the
 * number is unknown.
 */
static int
child_count(pid_t pid)
{
	char path[64], text[256];
	ssize_t n, i;
	int fd, count = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	for (i = 0; i < n; i++)
		count += text[i] == ' ';
	return count;
}

/*
 * Kills a child whose helper shares the child's descriptor table. The guard process of this descriptor table must close
 * the descriptors.
 */
static void
test_killed(void)
{
	const char *what = "the reader of a pipe gets end of file when a process is killed during a call of a helper";
	struct numbers n = { .count = 0 };
	long begin = milliseconds();
	int hang[2], watch[2];
	bool guarded;
	pid_t pid;

	if (child_count(getpid()) == -1) {
		skip("the kernel does not list children (CONFIG_PROC_CHILDREN)", "%s", what);
		return;
	}
	make_pipe(hang, O_CLOEXEC | O_NONBLOCK);
	make_pipe(watch, O_CLOEXEC);
	n.fd = hang[0];
	pid = fork();
	if (pid == 0) {
		(void)helper_run(spin_for, NULL, &n, sizeof(n));
		_exit(0);
	}
	(void)close(watch[1]);
	while (child_count(pid) < 2 && milliseconds() - begin < LIMIT)
		(void)usleep(1000);
	guarded = child_count(pid) >= 2;
	(void)kill(pid, SIGKILL);
	ok(guarded && ends_within_limit(watch[0]), "%s", what);
	poke(hang[1]);
	(void)waitpid(pid, NULL, 0);
	(void)close(hang[0]);
	(void)close(hang[1]);
	(void)close(watch[0]);
}

#define NOBODY	   65534
#define PARKED_MAX 20

/*
 * Runs in a child: closes lingering sockets while no process can be created, so that the sockets stay open for now
 * (parked). Closes the parked sockets when a process can be created again. Returns 0, or the number of the step that
 * failed.
 */
static int
close_without_processes(void)
{
	struct rlimit none = { 1, 1 }, some;
	int fds[PARKED_MAX], other, i, fd;
	long begin;

	(void)alarm(LIMIT / 1000 * 2);
	(void)getrlimit(RLIMIT_NPROC, &some);
	none.rlim_max = some.rlim_max;
	for (i = 0; i < PARKED_MAX; i++)
		fds[i] = lingering(&other);
	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		return 1;
	/* RLIMIT_NPROC does not apply to root, so root changes its user ID. */
	if ((geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) == -1) || fork() != -1)
		return 2;
	begin = milliseconds();
	helper_close(fds, PARKED_MAX / 2);
	for (i = PARKED_MAX / 2; i < PARKED_MAX; i++)
		helper_close(&fds[i], 1);
	if (milliseconds() - begin > 1000)
		return 3;
	for (i = 0; i < PARKED_MAX; i++)
		if (is_open(fds[i]))
			return 4;
	if (helper_parked() != PARKED_MAX || !helper_active())
		return 5;
	(void)setrlimit(RLIMIT_NPROC, &some);
	begin = milliseconds();
	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		helper_close(&fd, 1);
	} while (helper_parked() > 0 && milliseconds() - begin < LIMIT);
	return helper_parked() == 0 ? 0 : 6;
}

static void
test_close_without_processes(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(close_without_processes());
	(void)waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		skip("the limit on the number of processes has no effect", "no process can be created");
	else
		ok(status == 0, "without a helper process, lingering sockets are closed later, without blocking (%d)",
		    status);
}

/*
 * Moving descriptors to the numbers that COMMAND expects can replace the socket to the process that closes descriptors.
 * The new descriptor with this number must not be used as the socket.
 */
static void
test_close_replaced(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), other = open("/dev/null", O_RDONLY | O_CLOEXEC), number;
	struct stat st;

	helper_close(&other, 1);
	number = helper_close_socket();
	if (!ok(number != -1, "a process that closes descriptors exists"))
		return;
	ok(dup3(null, number, O_CLOEXEC) == number,
	    "another descriptor replaces the socket to the process that closes descriptors");
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	helper_close(&other, 1);
	ok(!is_open(other) || other == helper_close_socket(),
	    "helper_close() closes a descriptor although its socket was replaced");
	helper_close_end();
	ok(fstat(number, &st) == 0 && S_ISCHR(st.st_mode), "the descriptor that replaced the socket stays open");
	(void)close(number);
	(void)close(null);
}

static void
test_hanging(void)
{
	test_close_hangs();
	test_close_nested();
	test_close_many();
	test_close_without_processes();
	test_abandoned();
	test_too_many();
	test_fork();
	test_close_replaced();
	test_leave(0, "before an exit");
	test_leave(1, "before an exec");
	test_killed();
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(120);
	test_run();
	test_close();
	if (getenv("LD_PRELOAD") != NULL && strstr(getenv("LD_PRELOAD"), "vgpreload") != NULL)
		skip("valgrind does not support helper processes", "a call that hangs fails with ETIMEDOUT");
	else
		test_hanging();
	helper_exit();
	ok(is_open(0), "helper_exit() keeps descriptors open if no helper is stuck");
	return tap_done();
}
