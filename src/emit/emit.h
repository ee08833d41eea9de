/* SPDX-License-Identifier: ISC */
/*
 * The interface between describing and rendering: facts are emitted once, and the text and the JSON renderer write the
 * same facts.
 *
 * Each fact has a JSON key and a text. The text is a phrase in which '%' stands for the value: ", size %".
 * A null text leaves the fact out of the text form; a null key is an array's element. emit_words() writes only to the
 * text form. Texts and keys are constants; values may be arbitrary bytes.
 *
 * EMIT_STRONG and EMIT_ALARM inside a text begin emphasis, EMIT_PLAIN ends it: colour on a terminal, nothing elsewhere.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMIT_STRONG "\1"
#define EMIT_ALARM  "\2"
#define EMIT_PLAIN  "\3"

struct emit;

struct emit_ops {
	void (*begin)(struct emit *, const char *key, const char *before, const char *between, bool array);
	void (*end)(struct emit *, const char *after);
	void (*i64)(struct emit *, const char *key, const char *text, int64_t value);
	void (*u64)(struct emit *, const char *key, const char *text, uint64_t value);
	void (*boolean)(struct emit *, const char *key, const char *text, bool value);
	void (*string)(struct emit *, const char *key, const char *text, const char *value);
	void (*bytes)(struct emit *, const char *key, const char *text, const void *value, size_t length);
	void (*base64)(struct emit *, const void *value, size_t length);
	void (*hex)(struct emit *, const char *key, const char *text, const void *value, size_t length);
	void (*null)(struct emit *, const char *key);
	void (*words)(struct emit *, const char *text); /* NULL: words are ignored */
};

/* Renderers embed this as their first member. */
struct emit {
	const struct emit_ops *ops;
};

/*
 * Begins an object. BEFORE is written together with the first member that has text, so that an object without text
 * writes nothing.
 */
static inline void
emit_object(struct emit *e, const char *key, const char *before)
{
	e->ops->begin(e, key, before, NULL, false);
}

/* Begins an array. BETWEEN is written between elements that have text. */
static inline void
emit_array(struct emit *e, const char *key, const char *before, const char *between)
{
	e->ops->begin(e, key, before, between, true);
}

/* Ends the innermost object or array; AFTER is written if anything inside it had text. */
static inline void
emit_end(struct emit *e, const char *after)
{
	e->ops->end(e, after);
}

static inline void
emit_i64(struct emit *e, const char *key, const char *text, int64_t value)
{
	e->ops->i64(e, key, text, value);
}

static inline void
emit_u64(struct emit *e, const char *key, const char *text, uint64_t value)
{
	e->ops->u64(e, key, text, value);
}

/* TEXT is written only if VALUE is true. */
static inline void
emit_bool(struct emit *e, const char *key, const char *text, bool value)
{
	e->ops->boolean(e, key, text, value);
}

/* A constant string, such as a name; NULL is emitted as null. The text output contains it unescaped. */
static inline void
emit_string(struct emit *e, const char *key, const char *text, const char *value)
{
	if (value == NULL)
		e->ops->null(e, key);
	else
		e->ops->string(e, key, text, value);
}

/*
 * Arbitrary bytes. JSON: KEY holds them if they are UTF-8, otherwise KEY_base64; the other one of the two keys is null.
 * If VALUE is NULL, both are null. As an array's element (KEY is NULL) a string or, if it is not UTF-8, null; the
 * array's base64 twin is emitted with emit_base64(). Text: escaped by vis(3), in double quotes.
 */
static inline void
emit_bytes(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	e->ops->bytes(e, key, text, value, length);
}

/* An element of an array of base64 twins: base64 if VALUE is not UTF-8, otherwise null. Writes no text. */
static inline void
emit_base64(struct emit *e, const void *value, size_t length)
{
	e->ops->base64(e, value, length);
}

/* Emits bytes in hexadecimal. */
static inline void
emit_hex(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	e->ops->hex(e, key, text, value, length);
}

static inline void
emit_null(struct emit *e, const char *key)
{
	e->ops->null(e, key);
}

/* Returns false for JSON, so that callers can skip preparing phrases that only the text form has. */
static inline bool
emit_has_words(const struct emit *e)
{
	return e->ops->words != NULL;
}

static inline void
emit_words(struct emit *e, const char *text)
{
	if (e->ops->words != NULL)
		e->ops->words(e, text);
}

#endif
