/* SPDX-License-Identifier: ISC */
/*
 * The interface between describe/, which emits properties, and the renderers in render/, which write them. Each
 * property is emitted once, so the text renderer and the JSON renderer write the same properties.
 *
 * Each property has a JSON key and a text. The text of a property is a phrase in which '%' stands for the value: ",
 * size %". If the text is NULL, the property is omitted from text output. If the key is NULL, the value is an element
 * of an array. emit_words() writes only to text output. Texts and keys must be constants; values can contain arbitrary
 * bytes.
 *
 * In a text, EMIT_STRONG and EMIT_ALARM begin emphasis, and EMIT_PLAIN ends it. Terminals show emphasis by colors. In
 * other output, the text is not emphasized.
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
	void (*words)(struct emit *, const char *text); /* NULL: emit_words() does nothing */
};

/* The first member of each renderer's own structure. */
struct emit {
	const struct emit_ops *ops;
};

/*
 * Begins an object. The text renderer writes the string BEFORE in front of the first member that has text. If no member
 * of the object has text, the text renderer writes nothing.
 */
static inline void
emit_object(struct emit *e, const char *key, const char *before)
{
	e->ops->begin(e, key, before, NULL, false);
}

/* Begins an array. BETWEEN is the separator that the text renderer writes between elements that have text. */
static inline void
emit_array(struct emit *e, const char *key, const char *before, const char *between)
{
	e->ops->begin(e, key, before, between, true);
}

/* Ends the innermost object or array. If an element or member had text, the text renderer writes the string AFTER. */
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

/* Emits a boolean value. Text output contains TEXT only if VALUE is true. */
static inline void
emit_bool(struct emit *e, const char *key, const char *text, bool value)
{
	e->ops->boolean(e, key, text, value);
}

/* Emits a constant string, such as a name, or null if VALUE is NULL. Text output does not escape VALUE. */
static inline void
emit_string(struct emit *e, const char *key, const char *text, const char *value)
{
	if (value == NULL)
		e->ops->null(e, key);
	else
		e->ops->string(e, key, text, value);
}

/*
 * Emits arbitrary bytes. In JSON, the value of the member KEY is the bytes as a string if they are UTF-8. If the bytes
 * are not UTF-8, the value of the member KEY_base64 is the bytes in base64. The other member is null. If VALUE is NULL,
 * KEY and KEY_base64 are null. If KEY is NULL, the element of the array is a string, or null if the bytes are not
 * UTF-8; emit_base64() emits the elements of a second array with the bytes in base64. In text output, the bytes are
 * escaped by vis(3) and enclosed in double quotes.
 */
static inline void
emit_bytes(struct emit *e, const char *key, const char *text, const void *value, size_t length)
{
	e->ops->bytes(e, key, text, value, length);
}

/*
 * Emits the base64 form of VALUE as the next array element, or null if VALUE is UTF-8. Text output omits this element.
 */
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

/* Returns false for a JSON renderer, so that callers can skip phrases that only text output contains. */
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
