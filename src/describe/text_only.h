/* SPDX-License-Identifier: ISC */
/* Emits phrases that only text output contains. */
#ifndef DESCRIBE_TEXT_ONLY_H
#define DESCRIBE_TEXT_ONLY_H

#include <stddef.h>

#include "emit/emit.h"

/*
 * Formats a phrase, which is truncated to 512 bytes. The arguments must be constants and numbers, not bytes from
 * another process, because they are not escaped.
 */
void text_only(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Emits BEFORE and LENGTH arbitrary bytes. The bytes are escaped and enclosed in double quotes. */
void text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
