/* SPDX-License-Identifier: ISC */
/* Chooses between busy polling and sleeping until the next message. */
#ifndef RELAY_BUSY_POLL_H
#define RELAY_BUSY_POLL_H

#include <stdbool.h>
#include <stdint.h>

/* The methods of waiting for the next message. */
enum poll_method { METHOD_SLEEP, METHOD_POLL, METHODS };

/*
 * Measurements of both methods. The sequence of messages is divided into rounds, and each round uses one method:
 *
 *     | round | round | ... PROBE_INTERVAL rounds of the faster method | probe: a round of the other method | ...
 *
 * After each round, the method with the lower mean time is selected. A probe that does not change the selection doubles
 * the number of rounds before the next probe.
 */
struct busy_poll {
	bool active; /* the last wait returned events */
	/*
	 * since the last wait, a message has arrived in the direction opposite to the previous message, so a reply to
	 * this message is likely
	 */
	bool answer_due;
	enum poll_method method; /* the method of this round; not used if the user has set --busy-poll */
	bool probing;		 /* this round is a probe of the method that is not in use */
	int64_t mean[METHODS];	 /* mean time between messages in nanoseconds; 0: not measured */
	int rounds;		 /* number of rounds since the last probe */
	int failed_probes;	 /* number of consecutive probes in which the probed method was not faster */
	int messages;		 /* number of messages so far in this round */
	int64_t sum, last;	 /* sum of this round's measured times between messages; time of the last message */
};

struct epoll_event;
struct loop;

/*
 * Records that a message arrived at NOW in reply to the previous message. Decides whether to use busy polling for the
 * next message.
 */
void busy_poll_learn(struct busy_poll *busy_poll, int64_t now);

/*
 * Waits for events, by sleeping or by busy polling. Stores up to ROOM events and returns their number, like
 * epoll_wait(2).
 */
int events_wait(struct loop *l, struct epoll_event *events, int room);

#endif
