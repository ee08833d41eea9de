/* SPDX-License-Identifier: ISC */
/*
 * Encodes arbitrary bytes as JSON, base64, hexadecimal and vis(3): the output is valid, reversible, free of control
 * characters, and never longer than documented.
 */
#include <string.h>
#include <vis.h>

#include "base/escape.h"
#include "fuzz/check.h"
#include "tests/unit/message.h"

#define MOST 65536

static char buffer[16 * MOST], back[16 * MOST];

static struct outbuf
begin(void)
{
	struct outbuf out;

	outbuf_init(&out, -1, buffer, sizeof(buffer) - 1);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outbuf out = begin();
	struct json json;
	size_t i;
	int n;

	if (size > MOST)
		return 0;
	json_init(&json, &out);
	emit_object(&json.emit, NULL, NULL);
	emit_bytes(&json.emit, "k", NULL, data, size);
	emit_end(&json.emit, NULL);
	buffer[out.used] = '\0';
	HOLDS(out.err == 0 && strlen(buffer) == out.used && json_is_valid(buffer));

	out = begin();
	escape_vis(&out, data, size);
	buffer[out.used] = '\0';
	HOLDS(out.err == 0);
	for (i = 0; i < out.used; i++)
		HOLDS(buffer[i] >= 0x20 && buffer[i] < 0x7f);
	n = strunvisx(back, buffer, 0);
	HOLDS(n >= 0 && (size_t)n == size && memcmp(back, data, size) == 0);

	out = begin();
	escape_hex(&out, data, size);
	HOLDS(out.used == 2 * size);
	out = begin();
	escape_base64(&out, data, size);
	HOLDS(out.used == (size + 2) / 3 * 4);
	escape_vis_string(buffer, size % 64 + 1, data, size);
	HOLDS(strlen(buffer) <= size % 64);
	return 0;
}
