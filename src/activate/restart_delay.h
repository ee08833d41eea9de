/* SPDX-License-Identifier: ISC */
/*
 * The delay of restarts. A COMMAND that exits without reading its input would be restarted immediately, in a loop.
 * After RESTART_STARTS such starts within RESTART_WINDOW, each further start is delayed. The delay doubles each time.
 */
#ifndef ACTIVATE_RESTART_DELAY_H
#define ACTIVATE_RESTART_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESTART_STARTS	  5
#define RESTART_WINDOW	  INT64_C(2000000000) /* in nanoseconds, like all times in this file */
#define RESTART_DELAY_MIN INT64_C(100000000)
#define RESTART_DELAY_MAX INT64_C(10000000000)

struct restart_delay {
	int64_t starts[RESTART_STARTS]; /* ring buffer with the times of the last consecutive starts */
	size_t count;			/* number of consecutive starts; reset after a longer run */
	int64_t delay;			/* delay of the next start; 0: the limit was not reached */
};

/* Records that COMMAND was started at NOW. */
void restart_delay_started(struct restart_delay *restart_delay, int64_t now);

/*
 * Records that COMMAND exited at NOW. DRAINED means that no unread data is left, so no start follows immediately.
 * Returns the delay of the next start, usually 0.
 */
int64_t restart_delay_exited(struct restart_delay *restart_delay, int64_t now, bool drained);

#endif
