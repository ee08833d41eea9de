/* SPDX-License-Identifier: ISC */
/*
 * The two implementations of emit/emit.h: text for users and JSON for programs. Both renderers write to a struct
 * outbuf.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outbuf.h"
#include "emit/emit.h"

/*
 * The maximum nesting depth of objects and arrays. This maximum is more than twice the depth of any description. JSON
 * output contains null instead of a deeper object or array; text output omits the text around it.
 */
#define RENDER_DEPTH 24

/* The JSON renderer. Each outermost object is written as one line that ends with a newline. */
struct json {
	struct emit emit;
	struct outbuf *out;
	size_t depth;
	bool array[RENDER_DEPTH];
	bool comma[RENDER_DEPTH]; /* the object already has a member, so a comma must precede the next member */
	size_t beyond;		  /* number of open objects and arrays deeper than RENDER_DEPTH, which are omitted */
};

void json_init(struct json *json, struct outbuf *out);

/* The text renderer. Writes phrases, and converts the emphasis marks in phrases to colors or removes the marks. */
struct text {
	struct emit emit;
	struct outbuf *out;
	bool colour;
	size_t depth; /* number of open objects and arrays; can be greater than RENDER_DEPTH */
	struct text_frame {
		const char *before;
		const char *between;
		bool array;
		bool has_text; /* the introductory text of the object or array was already written */
		size_t elements;
	} frames[RENDER_DEPTH];
};

void text_init(struct text *text, struct outbuf *out, bool colour);

#endif
