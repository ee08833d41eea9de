/* SPDX-License-Identifier: ISC */
/* Walks over arbitrary control data at any alignment: it always ends, and its items lie inside the buffer, in order. */
#include <string.h>

#include "fuzz/check.h"
#include "lib/fdpass.h"

static void
walk(const unsigned char *control, size_t size)
{
	const unsigned char *last = control, *data;
	struct fdpass_walk state;
	struct fdpass_cmsg item;
	size_t items = 0, sum = 0, i;

	fdpass_walk_begin(&state, control, size);
	while (fdpass_walk_next(&state, &item) == 1) {
		data = item.data;
		HOLDS(data >= last && data <= control + size && item.length <= (size_t)(control + size - data));
		HOLDS(item.state == FDPASS_ITEM || item.state == FDPASS_ITEM_CUT);
		HOLDS(item.state == FDPASS_ITEM ? item.length == item.claimed : item.length < item.claimed);
		for (i = 0; i < item.length; i++)
			sum += data[i];
		last = data + item.length;
		HOLDS(++items <= size / 12 + 1);
	}
	HOLDS(state.state >= FDPASS_END && state.state <= FDPASS_CUT_BEFORE_DATA);
	HOLDS(fdpass_walk_next(&state, &item) == 0);
	HOLDS(sum <= 255 * size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t shift = size > 0 ? data[0] % 8 : 0;
	unsigned char *copy;

	if (size == 0)
		return 0;
	/* Allocated with its exact length, so that reading one byte too far is detected; misaligned by SHIFT. */
	copy = malloc(shift + size - 1 + (size == 1));
	HOLDS(copy != NULL);
	memcpy(copy + shift, data + 1, size - 1);
	walk(copy + shift, size - 1);
	free(copy);
	return 0;
}
