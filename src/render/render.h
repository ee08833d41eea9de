/* SPDX-License-Identifier: ISC */
/* The two renderers of emit/emit.h: text for people, JSON for programs, written to an outbuf. */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outbuf.h"
#include "emit/emit.h"

/*
 * The maximum depth of objects and arrays; descriptions are less than half as deep. A deeper one is written as null in
 * JSON, and without the words around it in the text output.
 */
#define RENDER_DEPTH 24

/* JSON: each outermost object is one line, ended by a newline. */
struct json {
	struct emit emit;
	struct outbuf *out;
	size_t depth;
	bool array[RENDER_DEPTH];
	bool comma[RENDER_DEPTH]; /* the object already has a member, so a comma is needed */
	size_t beyond;		  /* number of open levels beyond RENDER_DEPTH, in which nothing is written */
};

void json_init(struct json *json, struct outbuf *out);

/* Text: phrases, in which emphasis marks are converted to colour or removed. */
struct text {
	struct emit emit;
	struct outbuf *out;
	bool colour;
	size_t depth; /* may be greater than the number of frames */
	struct text_frame {
		const char *before;
		const char *between;
		bool array;
		bool has_text; /* the text before the object was written */
		size_t elements;
	} frames[RENDER_DEPTH];
};

void text_init(struct text *text, struct outbuf *out, bool colour);

#endif
