/* SPDX-License-Identifier: ISC */
/*
 * The trigger limit: a COMMAND that exits without reading its input would be restarted immediately, in a loop. After
 * TRIGGER_STARTS such starts within TRIGGER_WINDOW, each further start is delayed, twice as long each time.
 */
#ifndef ACTIVATE_TRIGGER_H
#define ACTIVATE_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIGGER_STARTS	  5
#define TRIGGER_WINDOW	  INT64_C(2000000000) /* nanoseconds, as all times in this file */
#define TRIGGER_DELAY_MIN INT64_C(100000000)
#define TRIGGER_DELAY_MAX INT64_C(10000000000)

struct trigger {
	int64_t starts[TRIGGER_STARTS]; /* a ring of the last starts without a pause between them */
	size_t count;			/* number of starts since the last pause */
	int64_t delay;			/* delay of the next start; 0: the limit was not reached */
};

/* Records that COMMAND was started at NOW. */
void trigger_start(struct trigger *trigger, int64_t now);

/*
 * Records that COMMAND exited at NOW. DRAINED: no data is left to be read, so that a pause follows. Returns the delay
 * of the next start, usually 0.
 */
int64_t trigger_exit(struct trigger *trigger, int64_t now, bool drained);

#endif
