/* SPDX-License-Identifier: ISC */
/*
 * Waits for events, by sleeping or by busy polling. Waking up a process can take longer than forwarding a message, so
 * busy polling can forward messages sooner. Busy polling is worth its CPU time only if replies arrive quickly, and if
 * the programs that send the replies do not need the relay's CPU. Unless the user has selected a method, the relay
 * measures each method during a round of messages, and uses the faster method.
 */
#include <sys/epoll.h>

#include "lib/fdpass.h"
#include "relay/internal.h"

#define QUICK	  100000       /* busy polling is used only if messages arrive at shorter intervals (nanoseconds) */
#define PAUSE_MAX (10 * QUICK) /* longer times between messages are recorded as this value, in nanoseconds */
#define ROUND	  32	       /* number of messages in a round; each round uses one method */
#define WARMUP	  8	       /* number of messages at the start of a round that are not measured */
/* number of rounds between two probes of the unused method; each consecutive failed probe doubles this number */
#define PROBE_INTERVAL	  32
#define FAILED_PROBES_MAX 5 /* maximum number of times that PROBE_INTERVAL is doubled */

/*
 * Returns true if busy polling is clearly faster than sleeping. Busy polling occupies a CPU, so a small advantage is
 * not sufficient.
 */
static bool
polling_pays(const struct busy_poll *b)
{
	int64_t sleeping = b->mean[METHOD_SLEEP];

	return sleeping < QUICK && b->mean[METHOD_POLL] < sleeping - sleeping / 8;
}

/* Records whether the probed method was faster. If the probed method was slower, the next probe starts later. */
static void
probe_end(struct busy_poll *b, bool faster)
{
	if (faster)
		b->failed_probes = 0;
	else if (b->failed_probes < FAILED_PROBES_MAX)
		b->failed_probes++;
	b->rounds = 0;
}

static bool
probe_is_due(const struct busy_poll *b)
{
	return b->rounds >= PROBE_INTERVAL << b->failed_probes && b->mean[METHOD_SLEEP] < QUICK;
}

static enum poll_method
other_method(enum poll_method method)
{
	return method == METHOD_SLEEP ? METHOD_POLL : METHOD_SLEEP;
}

/* Ends a round: updates the mean time of its method, and selects the method for the next round. */
static void
evaluate_round(struct busy_poll *b)
{
	enum poll_method used = b->method, faster;
	int64_t mean = b->sum / (b->messages - WARMUP);

	b->mean[used] = b->mean[used] == 0 ? mean : (b->mean[used] + mean) / 2;
	faster = polling_pays(b) ? METHOD_POLL : METHOD_SLEEP;
	if (b->probing)
		probe_end(b, faster == used);
	b->rounds++;
	b->probing = probe_is_due(b);
	b->method = b->probing ? other_method(faster) : faster;
	b->messages = 0;
	b->sum = 0;
}

void
busy_poll_learn(struct busy_poll *b, int64_t now)
{
	int64_t took = now - b->last;
	bool too_slow;

	b->last = now;
	if (++b->messages > WARMUP)
		b->sum += took < PAUSE_MAX ? took : PAUSE_MAX;
	/* A probe of busy polling ends early if it takes longer than an entire round of sleeping. */
	too_slow = b->probing && b->method == METHOD_POLL && b->sum > ROUND * b->mean[METHOD_SLEEP];
	if (b->messages == ROUND || too_slow)
		evaluate_round(b);
}

static int
events_busy_poll(struct loop *l, struct epoll_event *events, int room, int64_t duration)
{
	int64_t until = fdpass_deadline(duration);
	int count;

	do
		count = epoll_wait(l->epoll, events, room, 0);
	while (count == 0 && fdpass_deadline(0) < until && loop_timeout(l) != 0);
	return count;
}

int
events_wait(struct loop *l, struct epoll_event *events, int room)
{
	struct busy_poll *b = &l->busy_poll;
	int64_t duration = l->options->busy_poll;
	bool learns = duration == BUSY_POLL_AUTO && b->answer_due;
	int count = 0;

	if (duration == BUSY_POLL_AUTO)
		duration = learns && b->method == METHOD_POLL ? QUICK : 0;
	else if (!b->active)
		duration = 0;
	if (duration > 0)
		count = events_busy_poll(l, events, room, duration);
	if (count == 0)
		count = epoll_wait(l->epoll, events, room, loop_timeout(l));
	if (learns)
		busy_poll_learn(b, fdpass_deadline(0));
	b->active = count > 0;
	b->answer_due = false;
	return count;
}
