/* SPDX-License-Identifier: ISC */
/*
 * Calculates the delay before a restart. The delay limits the rate at which a COMMAND that exits without reading its
 * input is restarted. After RESTART_STARTS starts within RESTART_WINDOW, each further start is delayed, and each delay
 * is twice the previous one, up to RESTART_DELAY_MAX.
 */
#ifndef ACTIVATE_RESTART_DELAY_H
#define ACTIVATE_RESTART_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESTART_STARTS	  5
#define RESTART_WINDOW	  INT64_C(2000000000) /* nanoseconds, like all times in this file */
#define RESTART_DELAY_MIN INT64_C(100000000)
#define RESTART_DELAY_MAX INT64_C(10000000000)

struct restart_delay {
	int64_t starts[RESTART_STARTS]; /* ring buffer with the times of the last consecutive starts */
	size_t count;			/* number of consecutive starts; set to 0 after COMMAND has run for longer */
	int64_t delay;			/* delay before the next start; 0: starts are not delayed */
};

/* Records that COMMAND was started at time NOW. */
void restart_delay_started(struct restart_delay *restart_delay, int64_t now);

/*
 * Records that COMMAND has exited at time NOW. DRAINED means that COMMAND left no unread data, so the next start waits
 * for new data. Returns the delay before the next start, usually 0.
 */
int64_t restart_delay_exited(struct restart_delay *restart_delay, int64_t now, bool drained);

#endif
