/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/no_auto_init.h"
#include "describe/text_only.h"

void
text_only(struct emit *e, const char *format, ...)
{
	NO_AUTO_INIT char text[512];
	va_list ap;

	if (!emit_has_words(e))
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	emit_words(e, text);
}

void
text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length)
{
	NO_AUTO_INIT char text[4 * 4112 + 1]; /* vis(3) writes at most four characters per byte */

	if (!emit_has_words(e))
		return;
	escape_vis_string(text, sizeof(text), bytes, length);
	emit_words(e, before);
	emit_words(e, "\"");
	emit_words(e, text);
	emit_words(e, "\"");
}
