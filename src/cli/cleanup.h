/* SPDX-License-Identifier: ISC */
/* Removes created paths and reverts other changes, at exit and when a signal terminates the process. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * Registers the path of EP. If a signal terminates the process after this call, a signal handler first removes the
 * path. No handler is installed for signals that are ignored or that already have a handler. Must be called between
 * cleanup_hold() and cleanup_release(), before EP is opened.
 */
void cleanup_watch(const struct endpoint *ep);

/* Like cleanup_watch(), but registers the paths that were created for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/*
 * After this call, a signal terminates the process without delay even if closing an open descriptor blocks.
 * cleanup_watch(), cleanup_watch_sources() and cleanup_also() call cleanup_catch(), too.
 */
void cleanup_catch(void);

/*
 * Registers the function UNDO, which the cleanup calls in addition to removing the paths. UNDO must be
 * async-signal-safe, because signal handlers call UNDO.
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
