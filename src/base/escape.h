/* SPDX-License-Identifier: ISC */
/* Anybody's bytes made into characters that are safe to print: hexadecimal, base64, JSON strings, vis(3). */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outbuf.h"

/* True if BYTES are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool escape_is_utf8(const void *bytes, size_t length);

/* Two lower-case digits a byte. */
void escape_hex(struct outbuf *out, const void *bytes, size_t length);

/* RFC 4648 base64 with padding. */
void escape_base64(struct outbuf *out, const void *bytes, size_t length);

/*
 * The inside of a JSON string. BYTES must be UTF-8. Besides what JSON asks for, characters that a terminal obeys are
 * escaped: DEL, the C1 controls, bidirectional overrides and line separators.
 */
void escape_json(struct outbuf *out, const void *bytes, size_t length);

/* Escaped by vis(3): C-style, newline, tab, backslash and double quote included. One line whatever comes. */
void escape_vis(struct outbuf *out, const void *bytes, size_t length);

/* The same into BUFFER of SIZE bytes, cut to fit, NUL-terminated. */
void escape_vis_string(char *buffer, size_t size, const void *bytes, size_t length);

#endif
