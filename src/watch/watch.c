/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/helper.h"
#include "watch/internal.h"

#define READER_ROUNDS  100 /* number of failed attempts to write after which reader_find() is called */
#define STOP_ROUNDS    64  /* while output is pending: number of thread stops after which an attempt to write is made */
#define EVENT_INTERVAL 10  /* milliseconds between checks for stopped threads while output is pending */

struct watch *
watch_new(const struct watch_options *options)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->options = options;
	if (capture_init(&w->capture, options->max_data) == 0)
		return w;
	watch_free(w);
	errno = ENOMEM;
	return NULL;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	tracee_remove_all(w);
	capture_done(&w->capture);
	free(w);
}

size_t
watch_thread_count(const struct watch *w)
{
	return w->tracee_count;
}

/*
 * Waits for a slow reader of the output. Threads whose messages have not been written yet stay stopped; other threads
 * continue.
 */
static void
write_pending(struct watch *w, int timeout)
{
	int rc = w->options->drain(w->options->arg, timeout, &w->fail);

	w->slow = rc == WATCH_SLOW;
	w->muted = w->muted || rc == -1;
	w->slow_rounds = w->slow ? w->slow_rounds + 1 : 0;
	if (w->slow && w->slow_rounds % READER_ROUNDS == 0)
		reader_find(w);
	trace_release(w, !w->slow);
}

static void
interrupt(int signal_number)
{
	(void)signal_number;
}

/*
 * Installs a handler for SIGCHLD. SIGCHLD is blocked except while this process waits for the reader of the output, so
 * the stop of a thread interrupts only this wait.
 */
static void
catch_stops(void)
{
	struct sigaction action = { .sa_handler = interrupt };
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	(void)sigaction(SIGCHLD, &action, NULL);
}

int
watch_run(struct watch *w, bool keep_tracing, struct fail *fail)
{
	unsigned int stops = 0;
	int status;
	pid_t tid;

	catch_stops();
	while (!w->muted || keep_tracing) {
		if (w->tracee_count == 0) {
			/*
			 * A new thread can stop before the stop of its creator is reported, so waitpid(2) is called
			 * even if no thread is known. Query helpers are children, too, so waitpid(2) could wait for
			 * them. Therefore, idle helpers are reaped here, and the loop ends if a helper is stuck or if
			 * this process has other children. at_birth() has already added all new threads.
			 */
			helper_reap();
			if (helper_stuck() > 0 || w->has_children)
				break;
		}
		tid = waitpid(-1, &status, __WALL | (w->slow ? WNOHANG : 0));
		if (tid > 0) {
			trace_event(w, tid, status);
			/*
			 * Output is written here, too, so that threads that stop continuously do not delay the output.
			 */
			if (w->slow && ++stops % STOP_ROUNDS == 0)
				write_pending(w, 0);
		} else if (tid == 0)
			write_pending(w, EVENT_INTERVAL);
		else if (errno != EINTR)
			break;
	}
	while (w->slow && !w->muted)
		write_pending(w, -1);
	if (!w->muted)
		return 0;
	*fail = w->fail;
	return -1;
}
