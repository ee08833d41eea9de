/* SPDX-License-Identifier: ISC */
/* Cleanup at exit and on fatal signals: removes the paths that were created and undoes other changes. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * From now on, every signal that terminates the process, unless it is ignored or caught, first removes the path of EP.
 * Call this before EP is opened, between cleanup_hold() and cleanup_release().
 */
void cleanup_watch(const struct endpoint *ep);

/* Does the same for the paths created for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/* Registers UNDO, which must be async-signal-safe, to be called as well. */
void cleanup_also(void (*undo)(void));

/* Performs the cleanup now. Async-signal-safe. */
void cleanup_now(void);

/* For a child process: forgets all cleanup, because the paths belong to the parent. */
void cleanup_forget(void);

/* Block and unblock these signals while EP is being changed. */
void cleanup_hold(void);
void cleanup_release(void);

#endif
