/* SPDX-License-Identifier: ISC */
/* What a process leaves on disk or changes goes away with it, by signals too. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * From now on every signal that ends a process, unless it is ignored or caught, removes EP's path before it does.
 * Call it before EP is opened, between cleanup_hold() and cleanup_release().
 */
void cleanup_watch(const struct endpoint *ep);

/* The same for what appears on disk for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/* The same for whatever UNDO, which must be async-signal-safe, takes back. */
void cleanup_also(void (*undo)(void));

/* Does all of that now. Async-signal-safe. */
void cleanup_now(void);

/* In a child: what is on disk is the parent's. */
void cleanup_forget(void);

/* Holds those signals back while EP changes. */
void cleanup_hold(void);
void cleanup_release(void);

#endif
