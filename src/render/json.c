/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/bytes.h"
#include "render/render.h"

/* Twenty digits and a sign. */
#define NUMBER_SIZE 21

static struct json *
json_of(struct emit *e)
{
	return (struct json *)(void *)e;
}

/* What stands before a value. Returns false if none may follow. */
static bool
json_key(struct json *j, const char *key)
{
	if (j->beyond > 0)
		return false;
	if (j->depth > 0) {
		if (j->comma[j->depth - 1])
			out_char(j->out, ',');
		j->comma[j->depth - 1] = true;
	}
	if (key == NULL)
		return true;
	out_char(j->out, '"');
	out_string(j->out, key);
	out_bytes(j->out, "\":", 2);
	return true;
}

static void
json_begin(struct emit *e, const char *key, const char *before, const char *between, bool array)
{
	struct json *j = json_of(e);

	(void)before;
	(void)between;
	if (j->depth == RENDER_DEPTH) {
		if (json_key(j, key))
			out_bytes(j->out, "null", 4);
		j->beyond++;
		return;
	}
	(void)json_key(j, key);
	out_char(j->out, array ? '[' : '{');
	j->array[j->depth] = array;
	j->comma[j->depth] = false;
	j->depth++;
}

static void
json_end(struct emit *e, const char *after)
{
	struct json *j = json_of(e);

	(void)after;
	if (j->beyond > 0) {
		j->beyond--;
		return;
	}
	j->depth--;
	out_char(j->out, j->array[j->depth] ? ']' : '}');
	if (j->depth == 0)
		out_char(j->out, '\n');
}

static void
json_number(struct json *j, uint64_t value, bool negative)
{
	char digits[NUMBER_SIZE];
	char *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (negative)
		*--p = '-';
	out_bytes(j->out, p, (size_t)(digits + sizeof(digits) - p));
}

static void
json_u64(struct emit *e, const char *key, const char *text, uint64_t value)
{
	(void)text;
	if (json_key(json_of(e), key))
		json_number(json_of(e), value, false);
}

static void
json_i64(struct emit *e, const char *key, const char *text, int64_t value)
{
	(void)text;
	if (json_key(json_of(e), key))
		json_number(json_of(e), value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

static void
json_boolean(struct emit *e, const char *key, const char *text, bool value)
{
	(void)text;
	if (json_key(json_of(e), key))
		out_string(json_of(e)->out, value ? "true" : "false");
}

static void
json_quoted(struct json *j, const void *value, size_t length)
{
	out_char(j->out, '"');
	bytes_json(j->out, value, length);
	out_char(j->out, '"');
}

static void
json_string(struct emit *e, const char *key, const char *text, const char *value)
{
	(void)text;
	if (json_key(json_of(e), key))
		json_quoted(json_of(e), value, strlen(value));
}

static void
json_null(struct emit *e, const char *key)
{
	if (json_key(json_of(e), key))
		out_bytes(json_of(e)->out, "null", 4);
}

static void
json_base64_quoted(struct json *j, const void *value, size_t length)
{
	out_char(j->out, '"');
	bytes_base64(j->out, value, length);
	out_char(j->out, '"');
}

static void
json_bytes(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct json *j = json_of(e);
	bool utf8 = value != NULL && bytes_are_utf8(value, length);

	(void)text;
	if (!json_key(j, key))
		return;
	if (utf8)
		json_quoted(j, value, length);
	else
		out_bytes(j->out, "null", 4);
	if (key == NULL)
		return;
	out_bytes(j->out, ",\"", 2);
	out_string(j->out, key);
	out_bytes(j->out, "_base64\":", 9);
	if (value == NULL || utf8)
		out_bytes(j->out, "null", 4);
	else
		json_base64_quoted(j, value, length);
}

static void
json_base64(struct emit *e, const void *value, size_t length)
{
	if (value == NULL || bytes_are_utf8(value, length)) {
		json_null(e, NULL);
		return;
	}
	if (json_key(json_of(e), NULL))
		json_base64_quoted(json_of(e), value, length);
}

static void
json_hex(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct json *j = json_of(e);

	(void)text;
	if (!json_key(j, key))
		return;
	out_char(j->out, '"');
	bytes_hex(j->out, value, length);
	out_char(j->out, '"');
}

static void
json_words(struct emit *e, const char *text)
{
	(void)e;
	(void)text;
}

static const struct emit_ops json_ops = {
	.begin = json_begin,
	.end = json_end,
	.i64 = json_i64,
	.u64 = json_u64,
	.boolean = json_boolean,
	.string = json_string,
	.bytes = json_bytes,
	.base64 = json_base64,
	.hex = json_hex,
	.null = json_null,
	.words = json_words,
};

void
json_init(struct json *json, struct out *out)
{
	json->emit.ops = &json_ops;
	json->out = out;
	json->depth = 0;
	json->beyond = 0;
}
