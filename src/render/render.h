/* SPDX-License-Identifier: ISC */
/* The two renderers: what is told through emit/emit.h, written to an out as text for people or as JSON for programs. */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outbuf.h"
#include "emit/emit.h"

/*
 * Objects and arrays inside each other, at most; what describing tells is less than half as deep. What would be deeper is
 * null in JSON, and in text it is said without what stands around it.
 */
#define RENDER_DEPTH 24

/* JSON: each outermost object is one line, ended by a newline. */
struct json {
	struct emit emit;
	struct outbuf *out;
	size_t depth;
	bool array[RENDER_DEPTH];
	bool comma[RENDER_DEPTH]; /* something stands in it already */
	size_t beyond;		  /* how much deeper it is than that: nothing is written */
};

void json_init(struct json *json, struct outbuf *out);

/* Text: phrases, with the emphasis marks made into colour or left out. */
struct text {
	struct emit emit;
	struct outbuf *out;
	bool colour;
	size_t depth; /* may be more than there are frames */
	struct text_frame {
		const char *before;
		const char *between;
		bool array;
		bool has_text; /* before was written */
		size_t elements;
	} frames[RENDER_DEPTH];
};

void text_init(struct text *text, struct outbuf *out, bool colour);

#endif
