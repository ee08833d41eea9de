/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/hot_data.h"
#include "base/monotonic.h"
#include "base/num.h"
#include "cli/progress.h"

#define PERIOD	  500000 /* microseconds */
#define LINE_SIZE 256

struct counts {
	uint64_t messages, descriptors, bytes;
};

/* These variables are static because the handler of SIGALRM uses them. */
static bool running HOT_DATA;
static volatile sig_atomic_t shown;
static struct counts counted HOT_DATA;
static struct counts previous;
static int64_t begun, last;

/*
 * Appends TEXT at P, and returns the end of the appended text. snprintf(3) cannot be used because it is not
 * async-signal-safe.
 */
static char *
put_text(char *p, const char *text)
{
	size_t length = strlen(text);

	memcpy(p, text, length);
	return p + length;
}

static char *
put_number(char *p, uint64_t number)
{
	return num_write(p, "", number, 10, 1);
}

/* Formats a number of bytes with a unit, and with one decimal place if the number is at least 1000. */
static char *
put_bytes(char *p, uint64_t bytes)
{
	static const char *const units[] = { " B", " kB", " MB", " GB", " TB", " PB" };
	size_t unit = 0;
	uint64_t tenths;

	if (bytes < 1000)
		return put_text(put_number(p, bytes), units[0]);
	for (tenths = bytes / 100, unit = 1; tenths >= 10000 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		tenths /= 1000;
	p = put_text(put_number(p, tenths / 10), ".");
	return put_text(put_number(p, tenths % 10), units[unit]);
}

static uint64_t
microseconds_since(int64_t then, int64_t now)
{
	return now - then >= 1000 ? (uint64_t)(now - then) / 1000 : 1;
}

static uint64_t
rate(uint64_t count, uint64_t us)
{
	return count < UINT64_MAX / 1000000 ? count * 1000000 / us : count / us * 1000000;
}

/* Returns true if the terminal accepts output. A write to a terminal whose output is stopped would block. */
static bool
terminal_accepts(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

/* Prints the current totals, and the average rates since the time THEN. COUNTS contains the totals at that time. */
static void
line_show(const char *end, int64_t then, const struct counts *counts)
{
	char line[LINE_SIZE], *p = line;
	int64_t now = monotonic_now();
	uint64_t us = microseconds_since(then, now);

	p = put_number(put_text(p, "\r\033[K"), counted.messages);
	p = put_number(put_text(p, " messages, "), counted.descriptors);
	p = put_bytes(put_text(p, " descriptors, "), counted.bytes);
	p = put_number(put_text(p, "; "), rate(counted.messages - counts->messages, us));
	p = put_number(put_text(p, "/s, "), rate(counted.descriptors - counts->descriptors, us));
	p = put_bytes(put_text(p, "/s, "), rate(counted.bytes - counts->bytes, us));
	p = put_text(put_text(p, "/s"), end);
	if (terminal_accepts() && write(STDERR_FILENO, line, (size_t)(p - line)) > 0)
		shown = *end == '\0';
	last = now;
	previous = counted;
}

static void
tick(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	if (counted.messages > 0)
		line_show("", last, &previous);
	errno = saved;
}

static void
timer_set(suseconds_t period)
{
	struct itimerval timer = { .it_interval.tv_usec = period, .it_value.tv_usec = period };

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void
progress_begin(bool wanted, int dump_fd)
{
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };

	if (!wanted || isatty(STDERR_FILENO) != 1 || (dump_fd != -1 && isatty(dump_fd) == 1))
		return;
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) == -1)
		return;
	last = begun = monotonic_now();
	running = true;
	timer_set(PERIOD);
}

void
progress_count(size_t descriptors, size_t bytes)
{
	counted.messages++;
	counted.descriptors += descriptors;
	counted.bytes += bytes;
}

void
progress_clear(void)
{
	if (shown && terminal_accepts() && write(STDERR_FILENO, "\r\033[K", 4) > 0)
		shown = 0;
}

void
progress_end(void)
{
	static const struct counts none;

	if (!running)
		return;
	/* Discards a pending SIGALRM. */
	(void)signal(SIGALRM, SIG_IGN);
	timer_set(0);
	(void)signal(SIGALRM, SIG_DFL);
	running = false;
	if (counted.messages > 0)
		line_show("\n", begun, &none);
}
