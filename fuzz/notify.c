/* SPDX-License-Identifier: ISC */
/*
 * Parses arbitrary messages to a store. If one is accepted, its name is valid, exactly the lines that do not concern
 * the store are forwarded, unchanged, and these lines contain no request for the store.
 */
#include <string.h>

#include "fuzz/check.h"
#include "hold/notify.h"

static char others[NOTIFY_MESSAGE_MAX + 1];

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notify notify, again;
	struct fail fail;
	size_t length;
	char *text;

	if (size > NOTIFY_MESSAGE_MAX)
		return 0;
	/* A separate allocation, so that a read past its end is detected. */
	text = malloc(size + (size == 0));
	HOLDS(text != NULL);
	memcpy(text, data, size);
	if (notify_parse(&notify, text, size, &fail) == -1)
		HOLDS(fail.text[0] != '\0');
	else {
		HOLDS(notify_name_ok(notify.name, strlen(notify.name)));
		HOLDS(!notify.has_name || !notify.bad_name);
		length = notify_others(text, size, others);
		HOLDS(length <= size);
		HOLDS((length > 0) == (notify.other_count > 0));
		HOLDS(notify_parse(&again, others, length, &fail) == 0);
		HOLDS(again.request == NOTIFY_NONE && again.other_count == notify.other_count &&
		    again.ready == notify.ready && !again.has_name);
	}
	free(text);
	return 0;
}
