/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/escape.h"
#include "base/num.h"
#include "render/render.h"

/* Maximum number of characters in a 64-bit decimal integer: a sign and twenty digits. */
#define NUMBER_SIZE 21

static struct json *
json_of(struct emit *e)
{
	return (struct json *)(void *)e;
}

/* Copies LENGTH bytes from TEXT to TO. Returns a pointer to the end of the copy. */
static char *
put(char *to, const void *text, size_t length)
{
	memcpy(to, text, length);
	return to + length;
}

/*
 * Writes the comma and the key that precede a value, and ensures that the output buffer has room for MORE bytes of the
 * value. Returns a pointer to the position at which the caller writes the value; the caller must pass the end of the
 * value to json_put(). Returns NULL if the maximum depth is exceeded. A description has about fifty keys, so for speed
 * this function checks the room for the key and the value together.
 */
static char *
json_key(struct json *j, const char *key, size_t more)
{
	size_t length = key != NULL ? strlen(key) : 0;
	char *to;

	if (j->beyond > 0)
		return NULL;
	to = outbuf_room(j->out, length + more + 4);
	if (j->depth > 0) {
		if (j->comma[j->depth - 1])
			*to++ = ',';
		j->comma[j->depth - 1] = true;
	}
	if (key == NULL)
		return to;
	*to++ = '"';
	to = put(to, key, length);
	*to++ = '"';
	*to++ = ':';
	return to;
}

static void
json_put(struct json *j, const char *end)
{
	outbuf_advance(j->out, (size_t)(end - (j->out->buffer + j->out->used)));
}

static void
json_begin(struct emit *e, const char *key, const char *before, const char *between, bool array)
{
	struct json *j = json_of(e);
	char *to;

	(void)before;
	(void)between;
	if (j->depth == RENDER_DEPTH) {
		if ((to = json_key(j, key, 4)) != NULL)
			json_put(j, put(to, "null", 4));
		j->beyond++;
		return;
	}
	if ((to = json_key(j, key, 1)) == NULL)
		return;
	*to++ = array ? '[' : '{';
	json_put(j, to);
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
	outbuf_char(j->out, j->array[j->depth] ? ']' : '}');
	if (j->depth == 0)
		outbuf_char(j->out, '\n');
}

static void
json_number(struct json *j, const char *key, uint64_t value, bool negative)
{
	char digits[NUMBER_SIZE];
	char *p = digits + sizeof(digits), *to = json_key(j, key, NUMBER_SIZE);

	if (to == NULL)
		return;
	p = num_before(p, value);
	if (negative)
		*--p = '-';
	json_put(j, put(to, p, (size_t)(digits + sizeof(digits) - p)));
}

static void
json_u64(struct emit *e, const char *key, const char *text, uint64_t value)
{
	(void)text;
	json_number(json_of(e), key, value, false);
}

static void
json_i64(struct emit *e, const char *key, const char *text, int64_t value)
{
	(void)text;
	json_number(json_of(e), key, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/* Writes a short value, such as a number, without quotes. */
static void
json_literal(struct json *j, const char *key, const char *literal)
{
	size_t length = strlen(literal);
	char *to = json_key(j, key, length);

	if (to != NULL)
		json_put(j, put(to, literal, length));
}

static void
json_boolean(struct emit *e, const char *key, const char *text, bool value)
{
	(void)text;
	json_literal(json_of(e), key, value ? "true" : "false");
}

static void
json_null(struct emit *e, const char *key)
{
	json_literal(json_of(e), key, "null");
}

/* Writes the opening quote of a string. The caller writes the string's content and the closing quote. */
static bool
json_quote(struct json *j, const char *key)
{
	char *to = json_key(j, key, 1);

	if (to == NULL)
		return false;
	*to++ = '"';
	json_put(j, to);
	return true;
}

static void
json_quoted(struct json *j, const char *key, const void *value, size_t length)
{
	if (!json_quote(j, key))
		return;
	escape_json(j->out, value, length);
	outbuf_char(j->out, '"');
}

static void
json_string(struct emit *e, const char *key, const char *text, const char *value)
{
	(void)text;
	json_quoted(json_of(e), key, value, strlen(value));
}

static void
json_base64_quoted(struct json *j, const void *value, size_t length)
{
	outbuf_char(j->out, '"');
	escape_base64(j->out, value, length);
	outbuf_char(j->out, '"');
}

/* Writes the key KEY_base64 and the base64 encoding of VALUE. If VALUE is NULL, writes null instead of the encoding. */
static void
json_twin(struct json *j, const char *key, const void *value, size_t length)
{
	static const char suffix[] = "_base64\":";
	size_t n = strlen(key);
	char *to = outbuf_room(j->out, n + sizeof(suffix) + 5);

	*to++ = ',';
	*to++ = '"';
	to = put(put(to, key, n), suffix, sizeof(suffix) - 1);
	if (value == NULL)
		to = put(to, "null", 4);
	json_put(j, to);
	if (value != NULL)
		json_base64_quoted(j, value, length);
}

static void
json_bytes(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct json *j = json_of(e);
	bool utf8 = value != NULL && escape_is_utf8(value, length);

	(void)text;
	if (utf8)
		json_quoted(j, key, value, length);
	else
		json_literal(j, key, "null");
	if (key != NULL && j->beyond == 0)
		json_twin(j, key, utf8 ? NULL : value, length);
}

static void
json_base64(struct emit *e, const void *value, size_t length)
{
	struct json *j = json_of(e);
	char *to;

	if (value == NULL || escape_is_utf8(value, length)) {
		json_null(e, NULL);
		return;
	}
	if ((to = json_key(j, NULL, 0)) == NULL)
		return;
	json_put(j, to);
	json_base64_quoted(j, value, length);
}

static void
json_hex(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct json *j = json_of(e);

	(void)text;
	if (!json_quote(j, key))
		return;
	escape_hex(j->out, value, length);
	outbuf_char(j->out, '"');
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
};

void
json_init(struct json *json, struct outbuf *out)
{
	json->emit.ops = &json_ops;
	json->out = out;
	json->depth = 0;
	json->beyond = 0;
}
