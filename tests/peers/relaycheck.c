/* SPDX-License-Identifier: ISC */
/*
 * relaycheck [-t TYPE] [-n MESSAGES] [-s SEED] [-r byte|wide|mixed] [-p] FRONT BACK
 *
 * Verifies that a relay between FRONT and BACK is equivalent to a direct connection. Listens on BACK, connects to
 * FRONT, and writes MESSAGES messages in both directions concurrently: with and without descriptors, in random order,
 * of random lengths. Both ends generate the same random numbers, so the reader knows what to expect:
 *
 * - every byte, in order;
 * - descriptors with the first byte of the write with which they were sent (-r byte verifies the position): the same
 *   files, identified by their inodes, in the same order;
 * - a read that returns descriptors ends at the end of the write that contained them, or at the end of the read buffer
 *   (-r wide verifies this): the write stays one message;
 * - with -t seqpacket, each message complete, and an empty message is not end of file;
 * - end of file after the last byte.
 *
 * -p makes the writers pause occasionally, so that queues become both empty and full. On success, exits with 0;
 * otherwise, prints an error message and exits with 1.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sendmsg.h"

#define FILES	  61
#define MAX_FDS	  253
#define MAX_PIECE 32768 /* with each page size, the kernel delivers a message of this size as one piece */
#define MAX_PLAIN 200000
#define ROOM	  262144

enum reading { READ_BYTE, READ_WIDE, READ_MIXED };

struct write {
	uint64_t start, end; /* positions in the stream */
	size_t fd_count;
	unsigned int first; /* index of the first file */
};

/* The random sequence of one direction. The writer and the reader generate the same sequence. */
struct script {
	uint64_t state;	 /* the state of the random number generator */
	uint64_t number; /* the number of the next write */
	uint64_t at;
	bool packets;
};

static int files[FILES];
static ino_t inodes[FILES];
static uint64_t messages = 2000;
static enum reading reading = READ_MIXED;
static bool pauses;
static unsigned char buffer[ROOM], wanted[ROOM];

static uint64_t
draw(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
draw_length(struct script *s, bool with_fds)
{
	uint64_t shape = draw(&s->state) % 100, value = draw(&s->state);

	if (s->packets && shape < 10)
		return 0;
	if (shape < 40)
		return 1 + (size_t)(value % 8);
	/* With -r byte, writes are short, because reading byte by byte is slow. */
	if (shape < 80 || reading == READ_BYTE)
		return 1 + (size_t)(value % 600);
	if (shape < 95)
		return 1 + (size_t)(value % 9000);
	return 1 + (size_t)(value % (with_fds || s->packets ? MAX_PIECE : MAX_PLAIN));
}

static struct write
draw_write(struct script *s)
{
	struct write w;
	uint64_t shape = draw(&s->state) % 100;

	w.fd_count = 0;
	if (shape < 40)
		w.fd_count = 1;
	else if (shape < 48)
		w.fd_count = 1 + draw(&s->state) % 16;
	else if (shape == 99)
		w.fd_count = MAX_FDS;
	w.first = (unsigned int)(draw(&s->state) % FILES);
	w.start = s->at;
	w.end = w.start + draw_length(s, w.fd_count > 0);
	s->at = w.end;
	s->number++;
	return w;
}

static void
fill(unsigned char *at, uint64_t start, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		at[i] = (unsigned char)((start + i) * 131 + ((start + i) >> 8) * 17 + ((start + i) >> 16));
}

/* --- writing */

static size_t
write_once(int sock, const struct write *w, uint64_t from, bool with_fds)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	} control;
	size_t length = (size_t)(w->end - from), i;
	struct iovec iov = { buffer + (from - w->start), length };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[MAX_FDS];
	ssize_t sent;

	if (with_fds && w->fd_count > 0) {
		memset(&control, 0, sizeof(control));
		for (i = 0; i < w->fd_count; i++)
			fds[i] = files[(w->first + i) % FILES];
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * w->fd_count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * w->fd_count);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * w->fd_count);
	}
	while ((sent = sendmsg_whole(sock, &msg, MSG_NOSIGNAL)) == -1) {
		/* ETOOMANYREFS: this user has reached the limit on in-flight descriptors. */
		if (errno != EINTR && errno != ETOOMANYREFS)
			err(1, "sendmsg");
		(void)usleep(1000);
	}
	return (size_t)sent;
}

static void
writer(int sock, struct script s)
{
	uint64_t from, noise = s.state ^ 0x5555;
	struct write w;

	while (s.number < messages) {
		w = draw_write(&s);
		fill(buffer, w.start, (size_t)(w.end - w.start));
		from = w.start;
		do
			from += write_once(sock, &w, from, from == w.start);
		while (from < w.end);
		if (pauses && draw(&noise) % 50 == 0)
			(void)usleep((useconds_t)(draw(&noise) % 2000));
	}
	if (shutdown(sock, SHUT_WR) == -1)
		err(1, "shutdown");
}

/* --- reading */

struct got {
	size_t length;
	size_t fd_count;
	int fds[MAX_FDS];
	int flags;
};

static void
read_once(int sock, size_t width, struct got *got)
{
	union {
		struct cmsghdr header;
		char bytes[4096];
	} control;
	struct iovec iov = { buffer, width };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *item;
	ssize_t length;

	while ((length = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC)) == -1)
		if (errno != EINTR)
			err(1, "recvmsg");
	got->length = (size_t)length;
	got->flags = msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	got->fd_count = 0;
	for (item = CMSG_FIRSTHDR(&msg); item != NULL; item = CMSG_NXTHDR(&msg, item))
		if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) {
			got->fd_count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(got->fds, CMSG_DATA(item), got->fd_count * sizeof(int));
		}
}

static void
check_fds(const struct write *w, const struct got *got)
{
	struct stat st;
	size_t i;

	if (got->fd_count != w->fd_count)
		errx(1, "write at %" PRIu64 ": %zu descriptors instead of %zu", w->start, got->fd_count, w->fd_count);
	for (i = 0; i < got->fd_count; i++) {
		if (fstat(got->fds[i], &st) == -1)
			err(1, "fstat");
		if (st.st_ino != inodes[(w->first + i) % FILES])
			errx(1, "write at %" PRIu64 ": descriptor %zu is another file", w->start, i);
		(void)close(got->fds[i]);
	}
}

static void
check_bytes(uint64_t at, const struct got *got)
{
	fill(wanted, at, got->length);
	if (memcmp(buffer, wanted, got->length) != 0)
		errx(1, "at %" PRIu64 ": the received bytes differ from those sent", at);
	if (got->flags != 0)
		errx(1, "at %" PRIu64 ": unexpected flags %#x", at, (unsigned int)got->flags);
}

static size_t
draw_width(uint64_t *noise)
{
	switch (reading) {
	case READ_BYTE:
		return 1;
	case READ_WIDE:
		return ROOM;
	case READ_MIXED:
	default:
		return draw(noise) % 3 == 0 ? ROOM : 1 + (size_t)(draw(noise) % 1200);
	}
}

/*
 * Checks a read of the stream from AT to END. *W is the first write that begins at AT or later; moves *W past this
 * read. A read must return the descriptors of the writes that begin within the read.
 */
static void
check_read(struct script *s, struct write *w, uint64_t at, size_t width, const struct got *got)
{
	uint64_t end = at + got->length, limit;
	const struct write *bringing = NULL;
	struct write copy;

	while (w->start < end) {
		if (w->fd_count > 0) {
			if (bringing != NULL)
				errx(1, "at %" PRIu64 ": one read returned two writes with descriptors", at);
			copy = *w;
			bringing = &copy;
		}
		if (s->number == messages) {
			w->start = UINT64_MAX;
			break;
		}
		*w = draw_write(s);
	}
	if (bringing == NULL) {
		if (got->fd_count > 0)
			errx(1, "at %" PRIu64 ": %zu descriptors although no write with descriptors begins here", at,
			    got->fd_count);
		return;
	}
	check_fds(bringing, got);
	limit = bringing->end < at + width ? bringing->end : at + width;
	if (end != limit)
		errx(1,
		    "at %" PRIu64 ": the write with descriptors [%" PRIu64 ", %" PRIu64 ") was read up to %" PRIu64
		    " instead of %" PRIu64,
		    at, bringing->start, bringing->end, end, limit);
}

static void
read_stream(int sock, struct script s)
{
	uint64_t at = 0, noise = s.state ^ 0x3333, last = 0;
	struct script total = s;
	struct write w;
	struct got got;
	size_t width;

	while (total.number < messages)
		last = draw_write(&total).end;
	w = draw_write(&s);
	for (;;) {
		width = draw_width(&noise);
		read_once(sock, width, &got);
		if (got.length == 0)
			break;
		check_bytes(at, &got);
		check_read(&s, &w, at, width, &got);
		at += got.length;
		if (pauses && reading != READ_BYTE && draw(&noise) % 50 == 0)
			(void)usleep((useconds_t)(draw(&noise) % 2000));
	}
	if (at != last)
		errx(1, "end of file at %" PRIu64 " instead of %" PRIu64, at, last);
}

static void
read_packets(int sock, struct script s)
{
	struct write w;
	struct got got;

	while (s.number < messages) {
		w = draw_write(&s);
		read_once(sock, ROOM, &got);
		if (got.length != w.end - w.start)
			errx(1, "message %" PRIu64 ": %zu bytes instead of %" PRIu64, s.number, got.length,
			    w.end - w.start);
		check_bytes(w.start, &got);
		check_fds(&w, &got);
	}
	read_once(sock, ROOM, &got);
	if (got.length != 0 || got.fd_count != 0)
		errx(1, "a message after the last one");
}

/* --- */

static void
make_files(void)
{
	struct stat st;
	int i;

	for (i = 0; i < FILES; i++) {
		files[i] = memfd_create("relaycheck", MFD_CLOEXEC);
		if (files[i] == -1 || fstat(files[i], &st) == -1)
			err(1, "memfd_create");
		inodes[i] = st.st_ino;
	}
}

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	return sun;
}

static void
meet(int type, const char *front, const char *back, int ends[2])
{
	struct sockaddr_un f = address(front), b = address(back);
	int listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)unlink(back);
	ends[0] = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&b, sizeof(b)) == -1 || listen(listener, 1) == -1)
		err(1, "%s", back);
	if (connect(ends[0], (struct sockaddr *)&f, sizeof(f)) == -1)
		err(1, "%s", front);
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] == -1)
		err(1, "accept");
	(void)close(listener);
}

static pid_t parent, children[4];
static size_t child_count;

static void
start(int sock, int other, struct script s, bool writes)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid != 0) {
		children[child_count++] = pid;
		return;
	}
	/*
	 * If the parent is killed, the child must exit, too: otherwise, it would keep the output pipe open and the test
	 * would wait.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(1);
	(void)close(other);
	if (writes)
		writer(sock, s);
	else if (s.packets)
		read_packets(sock, s);
	else
		read_stream(sock, s);
	_exit(0);
}

static int
usage(void)
{
	(void)fprintf(
	    stderr, "usage: relaycheck [-p] [-t TYPE] [-n MESSAGES] [-s SEED] [-r byte|wide|mixed] FRONT BACK\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct script in = { .state = 1 }, out;
	int option, status, failed = 0, ends[2], type = SOCK_STREAM;
	struct rlimit limit;

	while ((option = getopt(argc, argv, "n:pr:s:t:")) != -1)
		switch (option) {
		case 'n':
			messages = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			pauses = true;
			break;
		case 'r':
			reading = *optarg == 'b' ? READ_BYTE : *optarg == 'w' ? READ_WIDE : READ_MIXED;
			break;
		case 's':
			in.state = strtoull(optarg, NULL, 10);
			break;
		case 't':
			type = strcmp(optarg, "seqpacket") == 0 ? SOCK_SEQPACKET : SOCK_STREAM;
			break;
		default:
			return usage();
		}
	if (argc - optind != 2)
		return usage();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	parent = getpid();
	make_files();
	meet(type, argv[optind], argv[optind + 1], ends);
	in.packets = type == SOCK_SEQPACKET;
	out = in;
	out.state += 1000003;
	start(ends[0], ends[1], in, true);
	start(ends[1], ends[0], in, false);
	start(ends[1], ends[0], out, true);
	start(ends[0], ends[1], out, false);
	(void)close(ends[0]);
	(void)close(ends[1]);
	while (wait(&status) > 0)
		if (status != 0 && !failed) {
			/* The other processes may wait for data that will not arrive, so they are killed. */
			failed = 1;
			while (child_count > 0)
				(void)kill(children[--child_count], SIGKILL);
		}
	return failed;
}
