/* SPDX-License-Identifier: ISC */
/*
 * Tests of the relay's decisions to use busy polling or to sleep. The time per message is simulated for both methods.
 */
#include <stdbool.h>
#include <stdint.h>

#include "relay/internal.h"
#include "tap.h"

#define MICROSECOND 1000

/* The simulated time per message, in microseconds: if the relay sleeps, and if it uses busy polling (awake). */
struct world {
	int64_t asleep, awake;
};

/* Simulates COUNT messages in WORLD. Returns the percentage of messages for which the relay polls. */
static int
share_awake(struct busy_poll *a, struct world world, int count)
{
	static int64_t now;
	int i, awake = 0;

	for (i = 0; i < count; i++) {
		now += (a->method == METHOD_POLL ? world.awake : world.asleep) * MICROSECOND;
		awake += a->method == METHOD_POLL;
		busy_poll_learn(a, now);
	}
	return 100 * awake / count;
}

static void
where_it_helps(void)
{
	struct busy_poll a = { 0 };

	ok(share_awake(&a, (struct world){ 40, 20 }, 10000) > 90,
	    "the relay polls if polling halves the time of a message");
	ok(share_awake(&a, (struct world){ 40, 38 }, 100000) < 10,
	    "the relay sleeps when polling no longer shortens the time of a message");
	ok(share_awake(&a, (struct world){ 40, 20 }, 100000) > 50,
	    "the relay polls again when polling halves the time of a message again");
}

static void
where_it_does_not(void)
{
	struct busy_poll a = { 0 };

	ok(share_awake(&a, (struct world){ 500, 400 }, 10000) == 0, "the relay never polls if messages are slow");
	a = (struct busy_poll){ 0 };
	ok(share_awake(&a, (struct world){ 30, 60 }, 10000) < 2, "the relay sleeps if polling slows down the peer");
	/*
	 * Simulates a busy CPU: with busy polling, each message takes a time slice, so the relay must stop polling
	 * immediately.
	 */
	a = (struct busy_poll){ 0 };
	ok(share_awake(&a, (struct world){ 30, 3000 }, 100000) == 0,
	    "trying to poll adds almost no time if each polled message costs a time slice");
}

static void
pauses(void)
{
	struct busy_poll a = { 0 };
	int i, share = 0;

	for (i = 0; i < 200; i++) {
		share += share_awake(&a, (struct world){ 40, 20 }, 99);
		(void)share_awake(&a, (struct world){ 1000000, 1000000 }, 1);
	}
	ok(share / 200 > 70, "the relay continues to poll after occasional pauses");
}

int
main(void)
{
	where_it_helps();
	where_it_does_not();
	pauses();
	return tap_done();
}
