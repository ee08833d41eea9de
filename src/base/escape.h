/* SPDX-License-Identifier: ISC */
/*
 * Encodes arbitrary bytes as characters that are safe to print, as hexadecimal, as base64, as a JSON string, or with
 * vis(3).
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outbuf.h"

/* Returns true if BYTES is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool escape_is_utf8(const void *bytes, size_t length);

/* Writes two lower-case hexadecimal digits per byte. */
void escape_hex(struct outbuf *out, const void *bytes, size_t length);

/* Writes base64 with padding (RFC 4648). */
void escape_base64(struct outbuf *out, const void *bytes, size_t length);

/*
 * Writes the content of a JSON string, without the quotes. BYTES must be UTF-8. Escapes the characters that JSON
 * requires to be escaped, and characters that control a terminal: DEL, the C1 controls, bidirectional overrides and
 * line separators.
 */
void escape_json(struct outbuf *out, const void *bytes, size_t length);

/*
 * Writes BYTES in the C style of vis(3) (VIS_CSTYLE). Newlines, tabs, backslashes and double quotes are escaped, too,
 * so the result is always one line.
 */
void escape_vis(struct outbuf *out, const void *bytes, size_t length);

/*
 * Like escape_vis(), but writes to BUFFER of SIZE bytes. The result is truncated to SIZE - 1 bytes and NUL-terminated.
 */
void escape_vis_string(char *buffer, size_t size, const void *bytes, size_t length);

#endif
