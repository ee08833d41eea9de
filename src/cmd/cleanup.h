/* SPDX-License-Identifier: ISC */
/* A listening path goes away with its process, by signals too. */
#ifndef CMD_CLEANUP_H
#define CMD_CLEANUP_H

#include "net/endpoint.h"
#include "source/source.h"

/*
 * From now on SIGHUP, SIGINT, SIGQUIT and SIGTERM, unless they are ignored, remove EP's path before they end the process
 * as they would have. Call it before EP is opened, between cleanup_hold() and cleanup_release().
 */
void cleanup_watch(const struct endpoint *ep);

/* The same for what appears on disk for SOURCES. */
void cleanup_watch_sources(const struct source_list *sources);

/* In a child: what is on disk is the parent's. */
void cleanup_forget(void);

/* Holds those signals back while EP changes. */
void cleanup_hold(void);
void cleanup_release(void);

#endif
