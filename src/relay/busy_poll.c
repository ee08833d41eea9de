/* SPDX-License-Identifier: ISC */
/*
 * Waiting for events, asleep or awake. To be woken up can take longer than to hand a message on, so who asks and waits for
 * the answer may get it sooner from a relay that does not go to sleep in between. That is worth a processor's time only
 * where answers come at once, and where nobody else needs the processor to give them. Unless the user said how long to
 * stay awake, the relay measures both, so many messages at a time, and does what lets more of them through.
 */
#include <sys/epoll.h>

#include "lib/fdpass.h"
#include "relay/internal.h"

#define QUICK		  100000       /* nanoseconds from message to message: for slower ones nobody stays awake */
#define PAUSE		  (10 * QUICK) /* what is more counts as this */
#define ROUND		  32	       /* messages in a row for which it is the same */
#define AFTER		  8	       /* of these, until what was before has no influence */
#define PROBE_INTERVAL	  32	       /* so many rounds later the other way is tried, */
#define FAILED_PROBES_MAX 5	       /* after twice as many each time that it was worse */

/* The turn is over: what is the next one to be? */
static void
evaluate_round(struct busy_poll *a)
{
	int64_t mean = a->sum / (a->messages - AFTER);
	bool was_enabled = a->enabled;

	a->mean[was_enabled] = a->mean[was_enabled] == 0 ? mean : (a->mean[was_enabled] + mean) / 2;
	/* Nearly as fast is not enough for what it costs. */
	a->enabled = a->mean[false] < QUICK && a->mean[true] < a->mean[false] - a->mean[false] / 8;
	if (a->probing) {
		if (a->enabled == was_enabled)
			a->failed_probes = 0;
		else if (a->failed_probes < FAILED_PROBES_MAX)
			a->failed_probes++;
		a->rounds = 0;
	}
	a->probing = ++a->rounds >= PROBE_INTERVAL << a->failed_probes && a->mean[false] < QUICK;
	a->enabled ^= a->probing;
	a->messages = 0;
	a->sum = 0;
}

void
busy_poll_learn(struct busy_poll *a, int64_t now)
{
	int64_t took = now - a->last;

	a->last = now;
	if (++a->messages > AFTER)
		a->sum += took < PAUSE ? took : PAUSE;
	/* What is tried is given up as soon as it has taken longer than all of the turn would have the other way. */
	if (a->messages == ROUND || (a->probing && a->enabled && a->sum > ROUND * a->mean[false]))
		evaluate_round(a);
}

static int
events_busy_poll(struct loop *l, struct epoll_event *events, int room, int64_t patience)
{
	int64_t until = fdpass_deadline(patience);
	int count;

	do
		count = epoll_wait(l->epoll, events, room, 0);
	while (count == 0 && fdpass_deadline(0) < until && loop_timeout(l) != 0);
	return count;
}

int
events_wait(struct loop *l, struct epoll_event *events, int room)
{
	struct busy_poll *a = &l->busy_poll;
	int64_t patience = l->options->busy_poll;
	bool learns = patience == BUSY_POLL_AUTO && a->answer_due;
	int count = 0;

	if (patience == BUSY_POLL_AUTO)
		patience = learns && a->enabled ? QUICK : 0;
	else if (!a->busy)
		patience = 0;
	if (patience > 0)
		count = events_busy_poll(l, events, room, patience);
	if (count == 0)
		count = epoll_wait(l->epoll, events, room, loop_timeout(l));
	if (learns)
		busy_poll_learn(a, fdpass_deadline(0));
	a->busy = count > 0;
	a->answer_due = false;
	return count;
}
