/* SPDX-License-Identifier: ISC */
/* Emits phrases that only text output contains. */
#ifndef DESCRIBE_TEXT_ONLY_H
#define DESCRIBE_TEXT_ONLY_H

#include <stddef.h>

#include "emit/emit.h"

/*
 * Formats a phrase, and emits at most 512 bytes of it. The arguments must be constants or numbers. text_only() does not
 * escape bytes from another process.
 */
void text_only(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Emits BEFORE and LENGTH arbitrary bytes. The bytes are escaped and enclosed in double quotes. */
void text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
