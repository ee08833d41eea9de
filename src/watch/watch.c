/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/helper.h"
#include "watch/internal.h"

#define EVENT_INTERVAL 10 /* ms between checks for stopped threads while output is pending */

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
 * Waits for a slow reader of the output. Threads whose messages are not written yet stay stopped. Other threads
 * continue.
 */
static void
wait_for_reader(struct watch *w, int timeout)
{
	int rc = w->options->drain(w->options->arg, timeout, &w->fail);

	w->slow = rc == WATCH_SLOW;
	w->muted = w->muted || rc == -1;
	trace_release(w, !w->slow);
}

int
watch_run(struct watch *w, bool keep_tracing, struct fail *fail)
{
	int status;
	pid_t tid;

	while (!w->muted || keep_tracing) {
		if (w->tracee_count == 0) {
			/*
			 * A new thread can report a stop before its creator reports the creation, so waitpid(2) is
			 * called even if no thread is known. Query helpers are children, too: idle helpers are reaped
			 * here, and a stuck helper ends the loop. If there are other children, the loop also ends; then
			 * at_birth() has already recorded new threads.
			 */
			helper_reap();
			if (helper_stuck() > 0 || w->has_children)
				break;
		}
		tid = waitpid(-1, &status, __WALL | (w->slow ? WNOHANG : 0));
		if (tid > 0)
			trace_event(w, tid, status);
		else if (tid == 0)
			wait_for_reader(w, EVENT_INTERVAL);
		else if (errno != EINTR)
			break;
	}
	while (w->slow && !w->muted)
		wait_for_reader(w, -1);
	if (!w->muted)
		return 0;
	*fail = w->fail;
	return -1;
}
