/* SPDX-License-Identifier: ISC */
/*
 * Tests of calls that wait: deadlines, interruption by signals, non-blocking sockets, and concurrent calls in threads.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "base/compat.h"
#include "sockets.h"
#include "tap.h"

#define MILLISECOND INT64_C(1000000)

/*
 * A time that does not pass even on a loaded machine. Used for the deadlines of calls that must return before their
 * deadline.
 */
#define LONG (30000 * MILLISECOND)

static int
passed(int64_t moment)
{
	return fdpass_deadline(0) >= moment;
}

/*
 * SIGALRM arrives every two milliseconds. The signal handler counts the signals, and sends a byte when it has counted
 * send_after signals.
 */
static volatile sig_atomic_t alarms;
static volatile sig_atomic_t send_after;
static int send_on = -1;

static void
alarm_handler(int sig)
{
	int saved = errno;

	(void)sig;
	if (++alarms == send_after)
		(void)!write(send_on, "s", 1);
	errno = saved;
}

static void
alarms_begin(int sock, int after)
{
	struct sigaction action;
	const struct itimerval every = { { 0, 2000 }, { 0, 2000 } };

	alarms = 0;
	send_on = sock;
	send_after = after;
	memset(&action, 0, sizeof(action));
	action.sa_handler = alarm_handler;
	must(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
	must(setitimer(ITIMER_REAL, &every, NULL) == 0, "setitimer");
}

static void
alarms_end(void)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	must(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
	signal(SIGALRM, SIG_DFL);
}

static int
stop_after(void *arg)
{
	int *left = arg;

	return --*left <= 0;
}

static int
never_stop(void *arg)
{
	++*(int *)arg;
	return 0;
}

static void
r15_interrupted_recv(int type, int nonblock, int64_t deadline, const char *name)
{
	struct fdpass_wait wait = { deadline, NULL, NULL };
	struct fdpass_msg *msg = msg_open(64);
	int pair[2], count = 0;
	char c = 0;

	pair_open(type | nonblock, pair);
	alarms_begin(pair[0], 5);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, &wait), 1,
	    "%s: a receive without a callback continues after signals", name);
	ok(c == 's' && alarms >= 5, "a receive that was interrupted by signals returns the data that arrives later");
	wait.interrupted = never_stop;
	wait.arg = &count;
	alarms_begin(pair[0], 5);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, &wait), 1,
	    "a receive whose callback returns 0 continues after signals");
	ok(count > 0, "the callback of an interrupted receive is called");
	count = 3;
	wait.interrupted = stop_after;
	alarms_begin(pair[0], -1);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, &wait), -1,
	    "a receive whose callback returns a nonzero value fails");
	is_int(errno, EINTR, "a receive fails with EINTR after its callback has returned a nonzero value");
	is_int(count, 0, "the callback of a receive is called until it returns a nonzero value");
	alarms_end();
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
fill(int sock)
{
	static char block[65536];

	while (send(sock, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	while (send(sock, block, 1, MSG_DONTWAIT) > 0)
		;
}

static void
r15_interrupted_send(int64_t deadline, const char *name)
{
	struct iovec buffer = { (void *)(uintptr_t) "x", 1 };
	int pair[2], count = 3;
	struct fdpass_wait wait = { deadline, stop_after, &count };

	pair_open(SOCK_STREAM, pair);
	fill(pair[0]);
	alarms_begin(-1, -1);
	is_int(fdpass_sendmsg(pair[0], &buffer, 1, NULL, 0, 0, NULL, 0, &wait), -1,
	    "%s: a send whose callback returns a nonzero value fails", name);
	is_int(errno, EINTR, "a send fails with EINTR after its callback has returned a nonzero value");
	is_int(count, 0, "the callback of a send is called until it returns a nonzero value");
	alarms_end();
	pair_close(pair);
}

static void
r15_no_wait(void)
{
	struct fdpass_msg *msg = msg_open(64);
	int pair[2];
	char c;

	pair_open(SOCK_STREAM, pair);
	alarms_begin(pair[0], 5);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 1,
	    "a receive without a struct fdpass_wait continues after signals");
	alarms_end();
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r16_deadline(void)
{
	struct fdpass_msg *msg = msg_open(64);
	struct fdpass_wait wait = { 0, NULL, NULL };
	int64_t begin;
	int pair[2];
	char buf[8];

	pair_open(SOCK_STREAM, pair);
	begin = fdpass_deadline(0);
	wait.deadline = fdpass_deadline(50 * MILLISECOND);
	is_int(fdpass_recvmsg(pair[1], msg, buf, 1, 0, &wait), -1, "a receive without data fails at its deadline");
	is_int(errno, ETIMEDOUT, "a receive fails with ETIMEDOUT at its deadline");
	ok(passed(wait.deadline) && !passed(begin + LONG),
	    "a receive fails neither before its deadline nor long after it");
	alarms_begin(-1, -1);
	wait.deadline = fdpass_deadline(50 * MILLISECOND);
	is_int(fdpass_recvmsg(pair[1], msg, buf, 1, 0, &wait), -1,
	    "a receive fails at its deadline even if signals arrive");
	is_int(errno, ETIMEDOUT, "a receive fails with ETIMEDOUT even if signals arrive");
	ok(passed(wait.deadline), "signals do not move the deadline");
	alarms_end();

	raw_send(pair[0], "abc", 3, pair[0], 1);
	wait.deadline = INT64_MIN;
	is_int(fdpass_recvmsg(pair[1], msg, buf, 8, MSG_WAITALL, &wait), 3,
	    "queued data is received after the deadline, and MSG_WAITALL does not wait");
	is_int(fdpass_msg_fd_count(msg), 1, "a descriptor in queued data is received after the deadline");
	is_int(fdpass_recvmsg(pair[1], msg, buf, 1, 0, &wait), -1,
	    "a receive from an empty queue after the deadline fails");
	is_int(errno, ETIMEDOUT, "a receive from an empty queue after the deadline fails with ETIMEDOUT");
	is_int(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0, "the file status flags of the socket are not changed");

	wait.deadline = fdpass_deadline(LONG);
	alarms_begin(pair[0], 3);
	is_int(fdpass_recvmsg(pair[1], msg, buf, 1, 0, &wait), 1, "data that arrives before the deadline is received");
	alarms_end();
	ok(!passed(wait.deadline), "a receive returns before its deadline when data arrives");
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r16_not_waiting(void)
{
	struct fdpass_msg *msg = msg_open(64);
	struct fdpass_wait wait = { FDPASS_NEVER, NULL, NULL };
	struct iovec buffer = { (void *)(uintptr_t) "x", 1 };
	int pair[2];
	char c;

	pair_open(SOCK_STREAM, pair);
	is_int(
	    fdpass_recvmsg(pair[1], msg, &c, 1, MSG_DONTWAIT, &wait), -1, "a receive with MSG_DONTWAIT does not wait");
	is_int(errno, EAGAIN, "a receive with MSG_DONTWAIT fails with EAGAIN");
	wait.deadline = fdpass_deadline(LONG);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, MSG_DONTWAIT, &wait), -1,
	    "a receive with MSG_DONTWAIT and a deadline does not wait");
	is_int(errno, EAGAIN, "a receive with MSG_DONTWAIT and a deadline fails with EAGAIN");
	fill(pair[0]);
	is_int(fdpass_sendmsg(pair[0], &buffer, 1, NULL, 0, MSG_DONTWAIT, NULL, 0, &wait), -1,
	    "a send with MSG_DONTWAIT does not wait");
	is_int(errno, EAGAIN, "a send with MSG_DONTWAIT fails with EAGAIN");
	ok(!passed(wait.deadline), "calls with MSG_DONTWAIT return before the deadline");
	wait.deadline = fdpass_deadline(20 * MILLISECOND);
	is_int(fdpass_sendmsg(pair[0], &buffer, 1, NULL, 0, 0, NULL, 0, &wait), -1,
	    "a send to a full socket fails at its deadline");
	is_int(errno, ETIMEDOUT, "a send to a full socket fails with ETIMEDOUT");
	ok(passed(wait.deadline), "a send to a full socket does not fail before its deadline");
	pair_close(pair);

	pair_open(SOCK_STREAM | SOCK_NONBLOCK, pair);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), -1, "a receive on a socket with O_NONBLOCK does not wait");
	is_int(errno, EAGAIN, "a receive on a socket with O_NONBLOCK fails with EAGAIN");
	pair_close(pair);
	fdpass_msg_free(msg);
}

/* Returns the CPU time that this process has used, in nanoseconds. */
static int64_t
used(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "clock_gettime");
	return (int64_t)now.tv_sec * 1000 * MILLISECOND + now.tv_nsec;
}

/*
 * poll(2) reports an unconnected datagram socket as writable even if the queue of the destination is full. The library
 * must not call poll(2) continuously in this case.
 */
static void
r16_full_address(void)
{
	int from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct iovec buffer = { (void *)(uintptr_t) "x", 1 };
	struct fdpass_wait wait = { 0, NULL, NULL };
	struct sockaddr_un address;
	socklen_t length;
	int64_t before;

	must(fdpass_unix_address("", 0, &address, &length) == 0, "fdpass_unix_address");
	must(bind(to, (const struct sockaddr *)&address, length) == 0, "bind");
	length = sizeof(address);
	must(getsockname(to, (struct sockaddr *)&address, &length) == 0, "getsockname");
	while (sendto(from, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)&address, length) == 1)
		;
	before = used();
	wait.deadline = fdpass_deadline(200 * MILLISECOND);
	is_int(fdpass_sendmsg(from, &buffer, 1, NULL, 0, 0, (const struct sockaddr *)&address, length, &wait), -1,
	    "a send to an address whose queue is full fails");
	is_int(errno, ETIMEDOUT, "a send to an address whose queue is full fails with ETIMEDOUT");
	before = used() - before;
	ok(before < 20 * MILLISECOND, "waiting for a full queue uses little CPU time");
	close(from);
	close(to);
}

static void
r16_shut_down(void)
{
	struct fdpass_wait wait = { fdpass_deadline(LONG), NULL, NULL };
	struct fdpass_msg *msg = msg_open(64);
	int pair[2];
	char c;

	pair_open(SOCK_DGRAM, pair);
	shutdown(pair[1], SHUT_RD);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, NULL), 0,
	    "a datagram socket that was shut down returns end of file");
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, 0, &wait), 0,
	    "a datagram socket that was shut down returns end of file with a deadline");
	ok(!passed(wait.deadline),
	    "end of file of a datagram socket that was shut down is returned before the deadline");
	is_int(fdpass_msg_count(msg) + fdpass_msg_controllen(msg), 0, "end of file has no control messages");
	ok(fdpass_msg_address(msg, NULL) == NULL, "end of file has no address");
	is_int(fdpass_msg_flags(msg), 0, "end of file has no flags");
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, MSG_DONTWAIT, &wait), -1,
	    "a receive with MSG_DONTWAIT fails on a socket that was shut down");
	is_int(errno, EAGAIN, "a receive with MSG_DONTWAIT on a socket that was shut down fails with EAGAIN");
	pair_close(pair);
	fdpass_msg_free(msg);
}

/* Runs in a thread that sends a byte as soon as the first thread of this process sleeps. */
static void *
send_when_asleep(void *arg)
{
	char path[64], line[256], state = 0;
	int64_t limit = fdpass_deadline(LONG);
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
	do {
		sched_yield();
		if ((stat = fopen(path, "re")) == NULL)
			break;
		if (fgets(line, sizeof(line), stat) != NULL && strrchr(line, ')') != NULL)
			state = strrchr(line, ')')[2];
		fclose(stat);
	} while (state != 'S' && !passed(limit));
	must(write(*(int *)arg, "a", 1) == 1, "write");
	return NULL;
}

static void
r16_woken(int flags, int64_t deadline, const char *name)
{
	struct fdpass_wait wait = { deadline, NULL, NULL };
	struct fdpass_msg *msg = msg_open(64);
	pthread_t thread;
	int pair[2];
	char c = 0;

	pair_open(SOCK_STREAM | SOCK_NONBLOCK, pair);
	must(pthread_create(&thread, NULL, send_when_asleep, &pair[0]) == 0, "pthread_create");
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, flags, &wait), 1, "%s", name);
	ok(c == 'a' && !passed(deadline), "data that arrives while a receive waits is received before the deadline");
	pthread_join(thread, NULL);
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r16_error_queue(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), gone = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct fdpass_wait wait = { fdpass_deadline(20 * MILLISECOND), NULL, NULL };
	struct fdpass_msg *msg = msg_open(512);
	socklen_t length = sizeof(address);
	uint32_t problem = 0;
	struct fdpass_cmsg item;
	int one = 1;
	char c;

	must(setsockopt(sock, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) == 0, "IP_RECVERR");
	is_int(fdpass_recvmsg(sock, msg, &c, 1, MSG_ERRQUEUE, NULL), -1,
	    "a receive from an empty error queue does not wait without a deadline");
	is_int(errno, EAGAIN, "a receive from an empty error queue fails with EAGAIN");
	is_int(fdpass_recvmsg(sock, msg, &c, 1, MSG_ERRQUEUE, &wait), -1,
	    "a receive from an empty error queue fails at its deadline");
	is_int(errno, ETIMEDOUT, "a receive from an empty error queue fails with ETIMEDOUT");
	must(bind(gone, (const struct sockaddr *)&address, length) == 0, "bind");
	must(getsockname(gone, (struct sockaddr *)&address, &length) == 0, "getsockname");
	close(gone);
	must(sendto(sock, "x", 1, 0, (const struct sockaddr *)&address, length) == 1, "sendto");
	wait.deadline = fdpass_deadline(LONG);
	is_int(fdpass_recvmsg(sock, msg, &c, 1, MSG_ERRQUEUE, &wait), 1,
	    "an error that arrives in the error queue is received");
	ok(fdpass_msg_flags(msg) & MSG_ERRQUEUE, "MSG_ERRQUEUE is set in the flags of the message");
	is_int(fdpass_msg_item(msg, 0, &item), 0, "a message of the error queue contains a control message");
	must(item.length >= sizeof(problem), "IP_RECVERR");
	memcpy(&problem, item.data, sizeof(problem)); /* ee_errno, the first member of struct sock_extended_err */
	is_int(problem, ECONNREFUSED, "the control message of the error queue contains the error");
	close(sock);
	fdpass_msg_free(msg);
}

/* End of file on the data is not an error in the error queue, so the call must wait for an error until its deadline. */
static void
r16_error_queue_at_end(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;
	struct fdpass_wait wait = { FDPASS_NEVER, NULL, NULL };
	struct fdpass_msg *msg = msg_open(64);
	socklen_t length = sizeof(address);
	char c;

	must(bind(listener, (const struct sockaddr *)&address, length) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	must(connect(client, (const struct sockaddr *)&address, length) == 0, "connect");
	must((server = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) != -1, "accept4");
	shutdown(client, SHUT_WR);
	must(recv(server, &c, 1, 0) == 0, "recv");
	wait.deadline = fdpass_deadline(20 * MILLISECOND);
	is_int(fdpass_recvmsg(server, msg, &c, 1, MSG_ERRQUEUE, &wait), -1,
	    "a receive from an empty error queue at end of file fails at its deadline");
	is_int(errno, ETIMEDOUT, "a receive from an empty error queue at end of file fails with ETIMEDOUT");
	close(listener);
	close(client);
	close(server);
	fdpass_msg_free(msg);
}

static void
r16_urgent(void)
{
	struct fdpass_wait wait = { fdpass_deadline(LONG), NULL, NULL };
	struct fdpass_msg *msg = msg_open(64);
	int pair[2];
	char c = 0;

	pair_open(SOCK_STREAM, pair);
	is_int(fdpass_recvmsg(pair[1], msg, &c, 1, MSG_OOB, &wait), -1,
	    "a receive with MSG_OOB without urgent data fails");
	is_int(errno, EINVAL, "a receive with MSG_OOB without urgent data fails with EINVAL, without waiting");
	if (send(pair[0], "!", 1, MSG_OOB) != 1) {
		skip("this kernel has no urgent data on AF_UNIX", "an urgent byte is received");
	} else {
		is_int(fdpass_recvmsg(pair[1], msg, &c, 1, MSG_OOB, &wait), 1, "an urgent byte is received");
		ok(c == '!' && (fdpass_msg_flags(msg) & MSG_OOB), "MSG_OOB is set in the flags of the message");
	}
	pair_close(pair);
	fdpass_msg_free(msg);
}

static void
r16_moments(void)
{
	int64_t now = fdpass_deadline(0);

	ok(now > 0 && now <= fdpass_deadline(0),
	    "fdpass_deadline(0) returns the current time, which does not go backward");
	ok(fdpass_deadline(-5) >= now && fdpass_deadline(INT64_MIN) < now + LONG,
	    "fdpass_deadline() of a negative time returns the current time");
	is_int(fdpass_deadline(INT64_MAX), FDPASS_NEVER, "fdpass_deadline() of the largest time returns FDPASS_NEVER");
	is_int(fdpass_deadline(INT64_MAX - 1), FDPASS_NEVER,
	    "fdpass_deadline() returns FDPASS_NEVER if the sum would overflow");
	ok(fdpass_deadline(LONG) >= now + LONG, "fdpass_deadline() adds all other times to the current time");
}

struct receiver {
	int sock;
	char got;
};

static void *
receive_one(void *arg)
{
	struct receiver *receiver = arg;
	struct fdpass_msg *msg = msg_open(64);

	if (fdpass_recvmsg(receiver->sock, msg, &receiver->got, 1, 0, NULL) != 1)
		receiver->got = '?';
	fdpass_msg_free(msg);
	return NULL;
}

static void
r17_threads(void)
{
	struct receiver receivers[4];
	int pairs[4][2], i, good = 1;
	pthread_t threads[4];
	struct iovec buffer;
	char c;

	for (i = 0; i < 4; i++) {
		pair_open(SOCK_STREAM, pairs[i]);
		receivers[i] = (struct receiver){ pairs[i][1], 0 };
		must(pthread_create(&threads[i], NULL, receive_one, &receivers[i]) == 0, "pthread_create");
	}
	for (i = 3; i >= 0; i--) {
		c = (char)('a' + i);
		buffer = (struct iovec){ &c, 1 };
		must(fdpass_sendmsg(pairs[i][0], &buffer, 1, NULL, 0, 0, NULL, 0, NULL) == 1, "fdpass_sendmsg");
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		good = good && receivers[i].got == 'a' + i;
		pair_close(pairs[i]);
	}
	ok(good, "a waiting call does not delay calls in other threads");
}

int
main(void)
{
	int before = fds_open();

	r15_no_wait();
	r15_interrupted_recv(SOCK_STREAM, 0, FDPASS_NEVER, "a blocking stream socket");
	r15_interrupted_recv(SOCK_STREAM, SOCK_NONBLOCK, FDPASS_NEVER, "a stream socket with O_NONBLOCK");
	r15_interrupted_recv(SOCK_DGRAM, 0, fdpass_deadline(LONG), "a datagram socket with a deadline");
	r15_interrupted_recv(
	    SOCK_SEQPACKET, SOCK_NONBLOCK, fdpass_deadline(LONG), "a seqpacket socket with O_NONBLOCK and a deadline");
	r15_interrupted_send(FDPASS_NEVER, "without a deadline");
	r15_interrupted_send(fdpass_deadline(LONG), "with a deadline");
	r16_moments();
	r16_deadline();
	r16_not_waiting();
	r16_full_address();
	r16_shut_down();
	r16_woken(0, FDPASS_NEVER, "a call waits on a socket with O_NONBLOCK");
	r16_woken(0, fdpass_deadline(LONG), "a call with a deadline waits on a socket with O_NONBLOCK");
	r16_woken(MSG_ERRQUEUE, fdpass_deadline(LONG),
	    "a call with MSG_ERRQUEUE waits for data on an AF_UNIX socket, because such a socket has no error queue");
	r16_error_queue();
	r16_error_queue_at_end();
	r16_urgent();
	r17_threads();
	is_int(fds_open(), before, "no descriptor is left open");
	return tap_done();
}
