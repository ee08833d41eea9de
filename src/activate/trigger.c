/* SPDX-License-Identifier: ISC */
#include "activate/trigger.h"

void
trigger_start(struct trigger *t, int64_t now)
{
	t->starts[t->count++ % TRIGGER_STARTS] = now;
}

int64_t
trigger_exit(struct trigger *t, int64_t now, bool drained)
{
	int64_t last = t->starts[(t->count - 1) % TRIGGER_STARTS];
	int64_t first = t->starts[t->count % TRIGGER_STARTS];

	if (drained || now - last >= TRIGGER_WINDOW) {
		t->count = 0;
		t->delay = 0;
	} else if (t->delay > 0)
		t->delay = t->delay * 2 < TRIGGER_DELAY_MAX ? t->delay * 2 : TRIGGER_DELAY_MAX;
	else if (t->count >= TRIGGER_STARTS && now - first < TRIGGER_WINDOW)
		t->delay = TRIGGER_DELAY_MIN;
	return t->delay;
}
