/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/hot_data.h"
#include "lib/fdpass.h"
#include "cli/cleanup.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/setup_timeout.h"

#define MICROSECOND 1000    /* nanoseconds */
#define SECOND	    1000000 /* microseconds */
#define MOMENT	    (SECOND / 10)
#define WORDS_MOST  300000 /* maximum time that the timeout message waits for standard error, in microseconds */

/*
 * These variables are static because the handler of SIGALRM uses them. The previous action of SIGALRM and the previous
 * timer are also stored here, because both belong to the process.
 */
static bool impatient HOT_DATA;
static char last_words[256];
static struct sigaction action_before;
static struct itimerval timer_before;
static sigset_t mask_before;

static void
leave(int signal_number)
{
	(void)signal_number;
	_exit(EXIT_TIMEOUT);
}

static void
give_up(int signal_number)
{
	struct sigaction action = { .sa_handler = leave };
	struct itimerval timer = { .it_value.tv_usec = WORDS_MOST };
	sigset_t set;

	(void)signal_number;
	cleanup_now();
	/* If standard error is not read, the write of the message blocks. A second SIGALRM then ends the process. */
	(void)sigfillset(&action.sa_mask);
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (write(STDERR_FILENO, last_words, strlen(last_words)) == -1) {
		/* A signal handler cannot report that this write(2) has failed. */
	}
	_exit(EXIT_TIMEOUT);
}

void
setup_timeout_begin(int64_t deadline, const char *what)
{
	struct sigaction action = { .sa_handler = give_up };
	struct itimerval timer = { .it_interval = { 0, 0 } };
	int64_t left;
	sigset_t set;

	impatient = deadline != FDPASS_NEVER;
	if (!impatient)
		return;
	msg_format(last_words, sizeof(last_words), what);
	left = (deadline - fdpass_deadline(0)) / MICROSECOND;
	/*
	 * If the deadline is near or has passed, the timer gets a minimum time, so that operations that do not block
	 * can still succeed.
	 */
	if (left < MOMENT)
		left = MOMENT;
	timer.it_value.tv_sec = (time_t)(left / SECOND);
	timer.it_value.tv_usec = (suseconds_t)(left % SECOND);
	(void)sigfillset(&action.sa_mask);
	(void)sigaction(SIGALRM, &action, &action_before);
	(void)setitimer(ITIMER_REAL, &timer, &timer_before);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, &mask_before);
}

void
setup_timeout_end(void)
{
	if (!impatient)
		return;
	impatient = false;
	(void)setitimer(ITIMER_REAL, &timer_before, NULL);
	(void)sigaction(SIGALRM, &action_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
