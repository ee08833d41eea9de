/* SPDX-License-Identifier: ISC */
/*
 * Executes a command with a descriptor whose kernel lock another process holds:
 *
 *   holdfd pipe-read|pipe-write|file|tcp|pty NUMBER -- COMMAND [ARG]...
 *
 * The process that holds the lock hangs in a system call on the descriptor: the call accesses memory that is registered
 * with a userfaultfd, and the page fault is never resolved. Exits with 77 if userfaultfd is not available.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LENGTH 65536

static int held = -1;
static void *(*work)(void *);

static void __attribute__((noreturn)) cannot(const char *what)
{
	fprintf(stderr, "holdfd: %s: %s\n", what, strerror(errno));
	exit(77);
}

static int
need(int result, const char *what)
{
	if (result == -1)
		cannot(what);
	return result;
}

/*
 * Returns memory whose first access blocks indefinitely. Sets *FAULT to a userfaultfd that becomes readable at this
 * access.
 */
static void *
trap(int *fault)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range;
	void *memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*fault = need((int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), "userfaultfd");
	(void)need(ioctl(*fault, UFFDIO_API, &api), "UFFDIO_API");
	memset(&range, 0, sizeof(range));
	range.range.start = (unsigned long)memory;
	range.range.len = LENGTH;
	range.mode = UFFDIO_REGISTER_MODE_MISSING;
	(void)need(ioctl(*fault, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	return memory;
}

static void *
do_read(void *memory)
{
	(void)!read(held, memory, 10);
	return NULL;
}

static void *
do_send(void *memory)
{
	(void)send(held, memory, 100, 0);
	return NULL;
}

static void *
do_window(void *memory)
{
	(void)ioctl(held, TIOCGWINSZ, memory);
	return NULL;
}

static void
make_tcp(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t length = sizeof(sin);
	int listener = need(socket(AF_INET, SOCK_STREAM, 0), "socket");

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)need(listen(listener, 1), "listen");
	(void)need(getsockname(listener, (struct sockaddr *)&sin, &length), "getsockname");
	held = need(socket(AF_INET, SOCK_STREAM, 0), "socket");
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)need(connect(held, (struct sockaddr *)&sin, length), "connect");
}

/*
 * Creates HELD, the descriptor whose lock is held, and sets WORK to the call that holds the lock. Returns the
 * descriptor that COMMAND inherits.
 */
static int
make(const char *kind)
{
	int ends[2];

	work = do_read;
	if (strncmp(kind, "pipe-", 5) == 0) {
		(void)need(pipe(ends), "pipe");
		(void)need((int)write(ends[1], "hello", 5), "write");
		held = ends[0];
		return strcmp(kind, "pipe-read") == 0 ? ends[0] : ends[1];
	}
	if (strcmp(kind, "file") == 0)
		held = need(open("/etc/passwd", O_RDONLY), "/etc/passwd");
	else if (strcmp(kind, "tcp") == 0) {
		make_tcp();
		work = do_send;
	} else if (strcmp(kind, "pty") == 0) {
		(void)need(openpty(&held, &ends[0], NULL, NULL, NULL), "openpty");
		work = do_window;
	} else
		exit(2);
	return held;
}

/*
 * Runs in the process that holds the lock. This process never exits by itself, so it is killed when the main process
 * exits.
 */
static void
hold(int ready)
{
	struct pollfd pollfd = { .events = POLLIN };
	pthread_t thread;
	void *memory = trap(&pollfd.fd);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, work, memory) != 0)
		exit(77);
	/* When the userfaultfd reports the page fault, the call holds the lock. */
	(void)need(poll(&pollfd, 1, -1), "poll");
	(void)!write(ready, "", 1);
	for (;;)
		(void)pause();
}

int
main(int argc, char **argv)
{
	int fd, ready[2];
	char byte;

	if (argc < 5 || strcmp(argv[3], "--") != 0)
		return 2;
	fd = make(argv[1]);
	(void)need(pipe2(ready, O_CLOEXEC), "pipe2");
	if (need(fork(), "fork") == 0)
		hold(ready[1]);
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return 77;
	(void)need(dup2(fd, atoi(argv[2])), "dup2");
	execvp(argv[4], argv + 4);
	cannot(argv[4]);
}
