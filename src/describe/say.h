/* SPDX-License-Identifier: ISC */
/* Phrases for readers only, made as they are said. */
#ifndef DESCRIBE_SAY_H
#define DESCRIBE_SAY_H

#include <stddef.h>

#include "model/emit.h"

/* A short phrase; what does not fit in 512 bytes is cut. For our own words and numbers, never for somebody's bytes. */
void say(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* BEFORE and then somebody's bytes, escaped and in double quotes. */
void say_bytes(struct emit *e, const char *before, const void *bytes, size_t length);

#endif
