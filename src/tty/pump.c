/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/compat.h"
#include "base/deadline.h"
#include "base/sigpipe.h"
#include "lib/fdpass.h"
#include "tty/pump.h"
#include "tty/terminal.h"

#define SECOND	   INT64_C(1000000000)
#define PAUSE_LAST (64 * SECOND)
#define LAST_WAIT  (SECOND / 2)
/* interval of the checks whether this process is in the foreground again, because no signal reports the change */
#define BACKGROUND_MS 200

/* A pipe that poll(2) reports as writable accepts this number of bytes (PIPE_BUF) without blocking. */
#define CHUNK 4096

struct bytes {
	size_t begin, end;
	char bytes[CHUNK + DETACH_KEYS_MAX];
};

struct pump {
	int in, out, master;
	struct bytes input, output;
	char last;     /* the last typed character; 0: none was typed */
	bool over;     /* the slave side of the pseudo-terminal was closed, and was not opened again */
	int64_t pause; /* interval between end-of-file characters; 0: the input is not at end of file */
	int64_t next;  /* time at which the next end-of-file character is written */
	const struct detach_keys *keys;
	size_t matched; /* number of typed bytes that match the first detach keys and were not sent yet */
	bool detached;
};

static bool
is_empty(const struct bytes *b)
{
	return b->begin == b->end;
}

static bool
is_passing(int err)
{
	return err == EAGAIN || err == EINTR;
}

/* Writes as much of B to FD as possible without blocking. Returns -1 with errno if FD accepts no more data. */
static int
put(int fd, struct bytes *b)
{
	ssize_t n = write_nonblocking(fd, b->bytes + b->begin, b->end - b->begin);

	if (n == -1)
		return is_passing(errno) ? 0 : -1;
	b->begin += (size_t)n;
	return 0;
}

ssize_t
pump_read_master(int master, void *buffer, size_t size)
{
	int off = 0;

	(void)ioctl(master, (ioctl_request)TIOCPKT, &off);
	return read_nonblocking(master, buffer, size);
}

/* Reads from FD into B, which must be empty. Returns the result of read(2). */
static ssize_t
get(const struct pump *p, int fd, struct bytes *b)
{
	ssize_t n = fd == p->master ? pump_read_master(fd, b->bytes, CHUNK) : read_nonblocking(fd, b->bytes, CHUNK);

	b->begin = 0;
	b->end = n > 0 ? (size_t)n : 0;
	return n;
}

/*
 * Writes the end-of-file character to the pseudo-terminal. A program that reads lines detects the end of file only at
 * the beginning of a line. After an incomplete line, the first end-of-file character only completes the program's
 * current read, so a second end-of-file character is written.
 */
static void
type_end(struct pump *p)
{
	bool again = p->pause > SECOND;
	bool half = !again && p->last != 0 && p->last != '\n' && p->last != '\r';
	struct termios modes;
	char end = 4;

	p->next = fdpass_deadline(p->pause);
	p->pause = p->pause < PAUSE_LAST ? 2 * p->pause : PAUSE_LAST;
	p->input.begin = p->input.end = 0;
	if (tcgetattr(p->master, &modes) == 0) {
		if (modes.c_cc[VEOF] == (cc_t)_POSIX_VDISABLE)
			return;
		end = (char)modes.c_cc[VEOF];
		half = half && (modes.c_lflag & ICANON) != 0;
	}
	p->input.bytes[p->input.end++] = end;
	if (half)
		p->input.bytes[p->input.end++] = end;
}

/*
 * Delays typed bytes that match the first detach keys. If the following bytes do not match the detach keys, the delayed
 * bytes are sent as input.
 */
static void
match_keys(struct pump *p)
{
	const struct detach_keys *keys = p->keys;
	char input[CHUNK];
	size_t i, count = p->input.end;

	if (keys->count == 0)
		return;
	memcpy(input, p->input.bytes, count);
	p->input.end = 0;
	for (i = 0; i < count && p->matched < keys->count; i++) {
		if (input[i] == keys->keys[p->matched]) {
			p->matched++;
			continue;
		}
		memcpy(p->input.bytes + p->input.end, keys->keys, p->matched);
		p->input.end += p->matched;
		p->matched = input[i] == keys->keys[0];
		if (p->matched == 0)
			p->input.bytes[p->input.end++] = input[i];
	}
	p->detached = p->over = p->matched == keys->count;
}

static int
take_input(struct pump *p, struct fail *fail)
{
	ssize_t n = get(p, p->in, &p->input);

	if (n > 0) {
		p->last = p->input.bytes[n - 1];
		match_keys(p);
		return 0;
	}
	if (n == -1 && is_passing(errno))
		return 0;
	/* EIO on standard input means that the user's terminal was hung up, which is treated as end of file. */
	if (n == -1 && errno != EIO)
		return fail_errno(fail, "cannot read standard input");
	p->in = -1;
	p->pause = SECOND;
	type_end(p);
	return 0;
}

bool
pump_is_over(int master)
{
	struct pollfd polled = { .fd = master, .events = 0 };
	int64_t limit = fdpass_deadline(LAST_WAIT);
	int pause = 1;
	pid_t session;

	while (ioctl(master, TIOCGSID, &session) == 0 && fdpass_deadline(0) < limit) {
		(void)poll(NULL, 0, pause);
		pause = pause < 16 ? 2 * pause : pause;
		if (poll(&polled, 1, 0) == 0)
			return false;
	}
	return true;
}

static int
serve_master(struct pump *p, short revents, struct fail *fail)
{
	ssize_t n;

	/*
	 * No process has the slave side open, so no process would read the input, and the pseudo-terminal would only
	 * echo it.
	 */
	if ((revents & POLLHUP) != 0)
		p->input.begin = p->input.end = 0;
	if ((revents & POLLOUT) != 0 && !is_empty(&p->input) && put(p->master, &p->input) == -1) {
		if (errno != EIO)
			return fail_errno(fail, "cannot write to the pseudo-terminal");
		p->input.begin = p->input.end = 0;
	}
	if ((revents & ~POLLOUT) == 0 || !is_empty(&p->output))
		return 0;
	n = get(p, p->master, &p->output);
	if (n > 0 || (n == -1 && is_passing(errno)))
		return 0;
	if (n == -1 && errno != EIO)
		return fail_errno(fail, "cannot read from the pseudo-terminal");
	p->over = pump_is_over(p->master);
	return 0;
}

/*
 * Returns the timeout for poll(2): the time until the next check or end-of-file character, or -1. LISTENS is true if
 * this process may read input (see terminal_check()).
 */
static int
poll_timeout(const struct pump *p, bool listens)
{
	if (!listens)
		return BACKGROUND_MS;
	if (p->pause == 0 || !is_empty(&p->input))
		return -1;
	return deadline_milliseconds(p->next);
}

static int
turn(struct pump *p, struct fail *fail)
{
	short wanted = (short)((is_empty(&p->output) ? POLLIN : 0) | (is_empty(&p->input) ? 0 : POLLOUT));
	bool listens = terminal_check();
	/*
	 * Descriptors that are neither read nor written now are passed to poll(2) as -1, because poll(2) reports a
	 * hang-up even if no events are requested.
	 */
	struct pollfd polled[] = {
		{ .fd = listens && is_empty(&p->input) ? p->in : -1, .events = POLLIN },
		{ .fd = wanted != 0 ? p->master : -1, .events = wanted },
		{ .fd = is_empty(&p->output) ? -1 : p->out, .events = POLLOUT },
	};
	int n = poll(polled, sizeof(polled) / sizeof(polled[0]), poll_timeout(p, listens));

	if (n == -1)
		return errno == EINTR ? 0 : fail_errno(fail, "poll");
	if (n == 0 && listens && poll_timeout(p, listens) == 0)
		type_end(p);
	if (polled[0].revents != 0 && take_input(p, fail) == -1)
		return -1;
	if (polled[1].revents != 0 && serve_master(p, polled[1].revents, fail) == -1)
		return -1;
	if (polled[2].revents != 0 && put(p->out, &p->output) == -1)
		return sigpipe_output_failed(fail);
	return 0;
}

int
pump_run(int in, int out, int master, const struct detach_keys *keys, struct fail *fail)
{
	struct pump p = { .in = in, .out = out, .master = master, .keys = keys };
	int ret = 0;

	while (ret == 0 && !p.over)
		ret = turn(&p, fail);
	return ret == 0 && p.detached ? PUMP_DETACHED : ret;
}

int
pump_reopen(int fd)
{
	unsigned int number;
	char path[32];

	/* The master of a pseudo-terminal is not reopened, because opening /dev/ptmx creates a new pseudo-terminal. */
	if (ioctl(fd, (ioctl_request)TIOCGPTN, &number) == 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}
