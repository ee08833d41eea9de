/* SPDX-License-Identifier: ISC */
/* Applies the sandbox (sandbox/sandbox.h) to a verb that does not execute a command. */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "net/endpoint.h"
#include "source/source.h"
#include "cli/options.h"

/*
 * Restricts the process to the operations that VERB still needs: removing the paths of EP and SOURCES (either can be
 * NULL), and using the files that are named by options. Does nothing if --no-sandbox is set. If --verbose is set,
 * prints the mechanisms that the kernel does not support.
 */
void confine(
    const struct options *options, unsigned int verb, const struct endpoint *ep, const struct source_list *sources);

/*
 * Like confine(), for relay. CONNECTS: relay connects to the server for each client. CREDENTIALS: it connects with the
 * client's user and groups. ABSTRACT: it connects or sends to abstract names.
 */
void confine_relay(
    const struct options *options, const struct endpoint *ep, bool connects, bool credentials, bool abstract);

#endif
