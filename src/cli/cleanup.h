/* SPDX-License-Identifier: ISC */
/* Removes created paths and reverts other changes, at exit and when a signal terminates the process. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * After this call, a signal that terminates the process first removes the path of EP. Signals that are ignored, or that
 * already have a handler, do not remove the path. Must be called between cleanup_hold() and cleanup_release(), before
 * EP is opened.
 */
void cleanup_watch(const struct endpoint *ep);

/* Like cleanup_watch(), for the paths that were created for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/*
 * After this call, a signal that terminates the process does not wait for a descriptor whose close blocks. Functions
 * that register paths or an undo function also call cleanup_catch().
 */
void cleanup_catch(void);

/*
 * Registers the function UNDO, which the cleanup also calls. UNDO must be async-signal-safe, because signal handlers
 * call it.
 */
void cleanup_also(void (*undo)(void));

/* Performs the cleanup now. Async-signal-safe. */
void cleanup_now(void);

/* Cancels the cleanup in a child process, because the created paths belong to the parent. */
void cleanup_forget(void);

/*
 * Block and unblock the signals that start the cleanup. The signals that start the cleanup must be blocked while a
 * registered endpoint is changed.
 */
void cleanup_hold(void);
void cleanup_release(void);

#endif
