/* SPDX-License-Identifier: ISC */
/* Applies the sandbox (sandbox/sandbox.h) to the process of a verb. */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "net/endpoint.h"
#include "source/source.h"
#include "cli/options.h"

/*
 * Restricts the process to the operations that VERB still needs, including the removal of the paths of EP and SOURCES
 * (each can be NULL), and access to the files that options name. Does nothing if --no-sandbox is set. If --verbose is
 * set, prints which of seccomp and Landlock are not active.
 */
void confine(
    const struct options *options, unsigned int verb, const struct endpoint *ep, const struct source_list *sources);

/*
 * Like confine(), for relay. CONNECTS is true if the relay connects to the server for each client. CREDENTIALS is true
 * if the relay connects with the client's user and groups. ABSTRACT is true if the relay connects or sends to abstract
 * names.
 */
void confine_relay(
    const struct options *options, const struct endpoint *ep, bool connects, bool credentials, bool abstract);

#endif
