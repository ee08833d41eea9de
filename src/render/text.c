/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "render/render.h"

static struct text *
text_of(struct emit *e)
{
	return (struct text *)(void *)e;
}

/* Writes LENGTH bytes of a phrase. Converts the emphasis marks in these bytes to colors, or removes the marks. */
static void
text_phrase(struct text *t, const char *phrase, size_t length)
{
	static const char *const colours[] = { "", "\033[1m", "\033[1;31m", "\033[0m" };
	size_t i;

	for (i = 0; i < length; i++) {
		if (phrase[i] < 1 || phrase[i] > 3)
			outbuf_char(t->out, phrase[i]);
		else if (t->colour)
			outbuf_string(t->out, colours[(unsigned char)phrase[i]]);
	}
}

static void
text_element(struct text *t, struct text_frame *frame)
{
	if (frame->array && frame->elements++ > 0 && frame->between != NULL)
		text_phrase(t, frame->between, strlen(frame->between));
}

static size_t
frame_count(const struct text *t)
{
	return t->depth < RENDER_DEPTH ? t->depth : RENDER_DEPTH;
}

/*
 * Writes the introductory text of each open object and array whose text was not written yet. Called before any text is
 * written inside an object or array.
 */
static void
text_open(struct text *t)
{
	struct text_frame *frame;
	size_t i, count = frame_count(t);

	for (i = 0; i < count; i++) {
		frame = &t->frames[i];
		if (frame->has_text)
			continue;
		frame->has_text = true;
		if (i > 0)
			text_element(t, &t->frames[i - 1]);
		if (frame->before != NULL)
			text_phrase(t, frame->before, strlen(frame->before));
	}
	if (count > 0)
		text_element(t, &t->frames[count - 1]);
}

/* Writes PHRASE up to the '%', which marks the position of the value. Returns the offset of the text after the '%'. */
static size_t
text_until_value(struct text *t, const char *phrase)
{
	size_t n = strcspn(phrase, "%");

	text_open(t);
	text_phrase(t, phrase, n);
	return phrase[n] == '%' ? n + 1 : n;
}

static void
text_value(struct text *t, const char *phrase, const char *value)
{
	size_t n;

	if (phrase == NULL)
		return;
	n = text_until_value(t, phrase);
	if (n > 0 && phrase[n - 1] == '%')
		outbuf_string(t->out, value);
	text_phrase(t, phrase + n, strlen(phrase + n));
}

static void
text_begin(struct emit *e, const char *key, const char *before, const char *between, bool array)
{
	struct text *t = text_of(e);

	(void)key;
	if (t->depth < RENDER_DEPTH)
		t->frames[t->depth] = (struct text_frame){ .before = before, .between = between, .array = array };
	t->depth++;
}

static void
text_end(struct emit *e, const char *after)
{
	struct text *t = text_of(e);

	t->depth--;
	if (t->depth < RENDER_DEPTH && t->frames[t->depth].has_text && after != NULL)
		text_phrase(t, after, strlen(after));
}

static void
text_i64(struct emit *e, const char *key, const char *text, int64_t value)
{
	char digits[24];

	(void)key;
	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	text_value(text_of(e), text, digits);
}

static void
text_u64(struct emit *e, const char *key, const char *text, uint64_t value)
{
	char digits[24];

	(void)key;
	(void)snprintf(digits, sizeof(digits), "%" PRIu64, value);
	text_value(text_of(e), text, digits);
}

static void
text_boolean(struct emit *e, const char *key, const char *text, bool value)
{
	(void)key;
	if (value)
		text_value(text_of(e), text, "yes");
}

static void
text_string(struct emit *e, const char *key, const char *text, const char *value)
{
	(void)key;
	text_value(text_of(e), text, value);
}

static void
text_bytes(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct text *t = text_of(e);
	size_t n;

	(void)key;
	if (text == NULL || value == NULL)
		return;
	n = text_until_value(t, text);
	outbuf_char(t->out, '"');
	escape_vis(t->out, value, length);
	outbuf_char(t->out, '"');
	text_phrase(t, text + n, strlen(text + n));
}

static void
text_base64(struct emit *e, const void *value, size_t length)
{
	(void)e;
	(void)value;
	(void)length;
}

static void
text_hex(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	struct text *t = text_of(e);
	size_t n;

	(void)key;
	if (text == NULL)
		return;
	n = text_until_value(t, text);
	escape_hex(t->out, value, length);
	text_phrase(t, text + n, strlen(text + n));
}

static void
text_null(struct emit *e, const char *key)
{
	(void)e;
	(void)key;
}

static void
text_words(struct emit *e, const char *text)
{
	text_open(text_of(e));
	text_phrase(text_of(e), text, strlen(text));
}

static const struct emit_ops text_ops = {
	.begin = text_begin,
	.end = text_end,
	.i64 = text_i64,
	.u64 = text_u64,
	.boolean = text_boolean,
	.string = text_string,
	.bytes = text_bytes,
	.base64 = text_base64,
	.hex = text_hex,
	.null = text_null,
	.words = text_words,
};

void
text_init(struct text *text, struct outbuf *out, bool colour)
{
	text->emit.ops = &text_ops;
	text->out = out;
	text->colour = colour;
	text->depth = 0;
}
