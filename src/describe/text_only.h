/* SPDX-License-Identifier: ISC */
/* Phrases that only the text form has. */
#ifndef DESCRIBE_TEXT_ONLY_H
#define DESCRIBE_TEXT_ONLY_H

#include <stddef.h>

#include "emit/emit.h"

/*
 * Formats a short phrase, truncated to 512 bytes. Only for constants and numbers, never for bytes from another process.
 */
void text_only(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Emits BEFORE, then arbitrary bytes, escaped and in double quotes. */
void text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
