/* SPDX-License-Identifier: ISC */
/* Emits phrases that are used only in text output. */
#ifndef DESCRIBE_TEXT_ONLY_H
#define DESCRIBE_TEXT_ONLY_H

#include <stddef.h>

#include "emit/emit.h"

/*
 * Formats a phrase, which is truncated to 512 bytes. Must be used only for constants and numbers, not for bytes from
 * another process.
 */
void text_only(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Emits BEFORE and arbitrary bytes. The bytes are escaped and written in double quotes. */
void text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
