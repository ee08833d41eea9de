/* SPDX-License-Identifier: ISC */
#include "activate/restart_delay.h"

void
restart_delay_started(struct restart_delay *t, int64_t now)
{
	t->starts[t->count++ % RESTART_STARTS] = now;
}

int64_t
restart_delay_exited(struct restart_delay *t, int64_t now, bool drained)
{
	int64_t last = t->starts[(t->count - 1) % RESTART_STARTS];
	int64_t first = t->starts[t->count % RESTART_STARTS];

	if (drained || now - last >= RESTART_WINDOW) {
		t->count = 0;
		t->delay = 0;
	} else if (t->delay > 0)
		t->delay = t->delay * 2 < RESTART_DELAY_MAX ? t->delay * 2 : RESTART_DELAY_MAX;
	else if (t->count >= RESTART_STARTS && now - first < RESTART_WINDOW)
		t->delay = RESTART_DELAY_MIN;
	return t->delay;
}
