/* SPDX-License-Identifier: ISC */
/* Cleanup at exit and on fatal signals: removes created paths and reverts other changes. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * After this call, a signal that terminates the process first removes the path of EP. Signals that are ignored or
 * caught do not. Must be called before EP is opened, between cleanup_hold() and cleanup_release().
 */
void cleanup_watch(const struct endpoint *ep);

/* Like cleanup_watch(), for the paths that were created for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/*
 * From now on, every such signal terminates the process without waiting for a descriptor whose close blocks. The other
 * functions that register something include this.
 */
void cleanup_catch(void);

/* Registers UNDO, which is also called during the cleanup. UNDO must be async-signal-safe. */
void cleanup_also(void (*undo)(void));

/* Performs the cleanup now. Async-signal-safe. */
void cleanup_now(void);

/* Cancels the cleanup in a child process, because the paths belong to the parent. */
void cleanup_forget(void);

/* Block and unblock the signals that start the cleanup. They are blocked while EP is changed. */
void cleanup_hold(void);
void cleanup_release(void);

#endif
