/* SPDX-License-Identifier: ISC */
/* Phrases for readers only, made as they are said. */
#ifndef DESCRIBE_TEXT_ONLY_H
#define DESCRIBE_TEXT_ONLY_H

#include <stddef.h>

#include "emit/emit.h"

/* A short phrase; what does not fit in 512 bytes is cut. For our own words and numbers, never for somebody's bytes. */
void text_only(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* BEFORE and then somebody's bytes, escaped and in double quotes. */
void text_only_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
