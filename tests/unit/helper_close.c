/* SPDX-License-Identifier: ISC */
/* Tests of closing descriptors in helper processes, when many closes hang and when no process can be created. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/closer.h"
#include "base/helper.h"
#include "base/helper_internal.h"
#include "tap.h"

/* The time limit in ms for each operation, long enough for a busy machine. Closes that hang take LINGER seconds. */
#define LIMIT  20000
#define LINGER 60

#define CLOSES_MAX  512 /* STUCK_CLOSE_MAX in base/helper_stuck.c */
#define QUERIES_MAX 16	/* STUCK_USER_MAX */
#define MORE	    8
#define BACKLOG	    100
#define LISTENERS   6
#define NOBODY	    65534

static long
milliseconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Returns a listening TCP socket whose connections have a small receive buffer. */
static int
listener_open(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	must(fd != -1 && bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 && listen(fd, BACKLOG) == 0, "listen");
	return fd;
}

/*
 * Returns a socket whose close blocks until LISTENER is closed: SO_LINGER is set, and no process accepts the connection
 * or reads from it.
 */
static int
lingering(int listener)
{
	struct linger linger = { .l_onoff = 1, .l_linger = LINGER };
	struct sockaddr_in sin;
	socklen_t length = sizeof(sin);
	char block[65536] = { 0 };
	/* The send buffer is larger than the receive buffer of the other end, so data remains in the send buffer. */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), larger = 32768;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &larger, sizeof(larger));
	(void)getsockname(listener, (struct sockaddr *)&sin, &length);
	must(fd != -1 && connect(fd, (struct sockaddr *)&sin, length) == 0, "connect");
	while (send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return fd;
}

static void
wait_for(void *arg)
{
	char byte;

	while (read(*(const int *)arg, &byte, 1) == -1 && errno == EINTR)
		;
}

/* Makes calls that hang until helper_run() refuses a call. Returns the number of calls that hang. */
static int
queries_hang(int fd)
{
	int i;

	for (i = 0; i < QUERIES_MAX * 2 && helper_run(wait_for, NULL, &fd, sizeof(fd)) == -1 && errno == ETIMEDOUT; i++)
		;
	return i;
}

/* Returns the number of child processes, or -1 if the kernel does not list child processes. */
static int
child_count(void)
{
	char path[64], text[16384];
	ssize_t n, i;
	int fd, count = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	while ((n = read(fd, text, sizeof(text))) > 0)
		for (i = 0; i < n; i++)
			count += text[i] == ' ';
	(void)close(fd);
	return count;
}

/*
 * Waits until the guards of previous descriptor tables have closed their copies. While a guard has a copy of a
 * descriptor, closing another copy is not the last close, and does not hang.
 */
static void
wait_for_guards(void)
{
	long begin = milliseconds();

	while (helper_guards_reap() > 0 && milliseconds() - begin < LIMIT)
		(void)usleep(1000);
}

static void
test_limit(void)
{
	int fds[CLOSES_MAX + MORE], listeners[LISTENERS], ends[2], i, n, stuck, left = 0, children;
	long begin;

	for (i = 0; i < LISTENERS; i++)
		listeners[i] = listener_open();
	for (i = 0; i < CLOSES_MAX + MORE; i++)
		fds[i] = lingering(listeners[i / BACKLOG]);
	for (i = 0; i < CLOSES_MAX + MORE; i += n) {
		n = CLOSES_MAX + MORE - i;
		if (n > CLOSER_BATCH_MAX)
			n = CLOSER_BATCH_MAX;
		helper_close_concurrently(&fds[i], (size_t)n);
		wait_for_guards();
	}
	stuck = (int)helper_stuck();
	is_int(stuck, CLOSES_MAX, "at most %d closes can hang", CLOSES_MAX);
	for (i = 0; i < CLOSES_MAX + MORE; i++)
		left += is_open(fds[i]);
	is_int(left, 0, "the numbers of all descriptors are free, including descriptors whose close hangs");
	is_int(helper_parked(), MORE, "descriptors beyond the limit on hanging closes are kept open (parked)");
	i = lingering(listeners[LISTENERS - 1]);
	children = child_count();
	is_int(helper_close_aside(i), -1, "at the limit of hanging closes, helper_close_aside() refuses another close");
	is_int(child_count(), children, "helper_close_aside() starts no process if it refuses a close");
	ok(is_open(i), "the descriptor of the refused close stays open");
	must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	is_int(queries_hang(ends[0]), QUERIES_MAX, "closes that hang do not count towards the limit on stuck queries");
	(void)close(ends[1]);
	/* Resets all connections, so that all closes that hang return. */
	for (i = 0; i < LISTENERS; i++)
		(void)close(listeners[i]);
	begin = milliseconds();
	while (helper_stuck() > 0 && milliseconds() - begin < LIMIT)
		(void)usleep(1000);
	is_int(helper_stuck(), 0, "helpers exit when their closes return");
	helper_close_parked(true);
	is_int(helper_parked(), 0, "helper_close_parked() closes the parked descriptors");
	(void)close(ends[0]);
}

/*
 * Makes each later attempt to create a process fail with ERR, by a seccomp filter. Returns -1 if no seccomp filter can
 * be installed.
 */
static int
deny_processes(unsigned int err)
{
	static const long denied[] = {
		SYS_clone,
#ifdef SYS_clone3
		SYS_clone3,
#endif
#ifdef SYS_fork
		SYS_fork,
#endif
#ifdef SYS_vfork
		SYS_vfork,
#endif
	};
	struct sock_filter filter[2 * sizeof(denied) / sizeof(denied[0]) + 2];
	struct sock_fprog program = { .filter = filter };
	size_t i, n = 0;

	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)denied[i], 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err);
	}
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static volatile sig_atomic_t urgent;

static void
note_urgent(int signal_number)
{
	(void)signal_number;
	urgent = 1;
}

/* Runs in a child that cannot create processes (EPERM). Returns 0, or the number of the step that failed. */
static int
close_when_impossible(void)
{
	struct sigaction action = { .sa_handler = note_urgent }, after;
	int fds[4], listener = listener_open(), i;
	struct timespec pause = { 0, 20000000 };
	sigset_t mask, old;
	long begin;

	(void)alarm(LIMIT / 1000 * 2);
	fds[0] = lingering(listener);
	fds[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[2] = lingering(listener);
	fds[3] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (deny_processes(EPERM) == -1)
		return 1;
	errno = 0;
	if (helper_run(wait_for, NULL, fds, sizeof(fds[0])) != -1 || errno != EPERM)
		return 7;
	(void)sigaction(SIGURG, &action, NULL);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGURG);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	begin = milliseconds();
	helper_close(fds, 4);
	if (milliseconds() - begin > LIMIT)
		return 2;
	for (i = 0; i < 4; i++)
		if (is_open(fds[i]))
			return 3;
	if (helper_parked() != 0)
		return 4;
	/*
	 * The timer that interrupted the closes must have stopped, and the handler and the mask for SIGURG must be
	 * restored.
	 */
	(void)sigaction(SIGURG, NULL, &after);
	(void)sigprocmask(SIG_UNBLOCK, &mask, &old);
	if (after.sa_handler != note_urgent || !sigismember(&old, SIGURG))
		return 5;
	(void)nanosleep(&pause, NULL);
	return urgent == 0 ? 0 : 6;
}

/*
 * Runs in a child that cannot create processes now (EAGAIN) and has too few free descriptor numbers for keeping
 * descriptors open until later (parking). Returns 0, or the number of the step that failed.
 */
static int
close_without_room(void)
{
	struct rlimit limit = { 64, 64 };
	int fds[6], ends[2], listener = listener_open(), i;
	long begin;

	(void)alarm(LIMIT / 1000 * 2);
	fds[0] = lingering(listener);
	fds[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[2] = lingering(listener);
	fds[3] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return 2;
	fds[4] = ends[0];
	fds[5] = ends[1];
	for (i = 0; i < 20; i++)
		(void)open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1 || deny_processes(EAGAIN) == -1)
		return 1;
	begin = milliseconds();
	helper_close(fds, 6);
	if (milliseconds() - begin > LIMIT)
		return 3;
	if (helper_parked() != 0)
		return 4;
	/*
	 * A device (fds[1]) and a directory (fds[3]) must stay open, because closing them could block uninterruptibly.
	 */
	for (i = 0; i < 6; i++)
		if (is_open(fds[i]) != (i == 1 || i == 3))
			return 10 + i;
	return 0;
}

/*
 * Runs in a child: keeps one descriptor open (parked) while no process can be created, and closes the descriptor later.
 */
static int
close_later(void)
{
	struct rlimit none = { 0, 0 }, some;
	int fd, listener = listener_open();
	long begin = milliseconds();

	(void)alarm(LIMIT / 1000 * 2);
	fd = lingering(listener);
	(void)getrlimit(RLIMIT_NPROC, &some);
	none.rlim_max = some.rlim_max;
	if (setrlimit(RLIMIT_NPROC, &none) == -1 || (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) == -1) ||
	    fork() != -1)
		return 1;
	helper_close(&fd, 1);
	if (is_open(fd) || helper_parked() != 1)
		return 2;
	(void)setrlimit(RLIMIT_NPROC, &some);
	while (helper_parked() > 0 && milliseconds() - begin < LIMIT)
		helper_close_parked(false);
	return helper_parked() == 0 ? 0 : 3;
}

static void
test_child(int (*child)(void), const char *what)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(child());
	(void)waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		skip("seccomp is not available, or the limit on processes has no effect", "%s", what);
	else
		is_int(status, 0, "%s", what);
}

/*
 * Raises the soft limit on open files to 2048 if necessary and possible. Returns true if the limit is at least 2048
 * now.
 */
static bool
limit_raise(void)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 2048)
		limit.rlim_cur = limit.rlim_max < 2048 ? limit.rlim_max : 2048;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 2048;
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(120);
	if (helper_is_under_valgrind()) {
		skip("valgrind does not support helpers", "at most %d closes can hang", CLOSES_MAX);
		return tap_done();
	}
	test_child(close_when_impossible, "if no process can ever be created, closes that block are interrupted");
	test_child(close_without_room, "if a descriptor cannot be parked, it stays open if its close may block");
	test_child(close_later, "a single parked descriptor is closed later");
	if (limit_raise())
		test_limit();
	else
		skip("the limit on open files is too low", "at most %d closes can hang", CLOSES_MAX);
	helper_exit();
	return tap_done();
}
